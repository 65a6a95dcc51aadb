# CPU seconds of one fit a set: Rscript pooling.R TABLES.csv REPEATS; prints set,program,seconds.
# TABLES.csv has the columns set, study, sens, spec, n, true: two rows a study.
suppressPackageStartupMessages(library(lme4))
arguments <- commandArgs(trailingOnly = TRUE)
long <- read.csv(arguments[1])
repeats <- as.integer(arguments[2])

seconds <- function(fit) {
  # The first fit warms up; what fails is not timed.
  first <- try(suppressWarnings(suppressMessages(fit())), silent = TRUE)
  if (inherits(first, "try-error")) return(NA)
  median(replicate(repeats, {
    begin <- sum(proc.time()[c("user.self", "sys.self")])
    suppressWarnings(suppressMessages(fit()))
    sum(proc.time()[c("user.self", "sys.self")]) - begin
  }))
}

laplace <- function(rows, optimizer) function() {
  glmer(cbind(true, n - true) ~ 0 + sens + spec + (0 + sens + spec | study), data = rows,
        family = binomial, nAGQ = 1, control = glmerControl(optimizer = optimizer))
}

for (name in unique(long$set)) {
  rows <- long[long$set == name, ]
  cat(name, "glmer", seconds(laplace(rows, c("bobyqa", "Nelder_Mead"))), "\n", sep = ",")
  cat(name, "glmer bobyqa", seconds(laplace(rows, "bobyqa")), "\n", sep = ",")
  if (requireNamespace("mada", quietly = TRUE)) {
    d <- rows[rows$sens == 1, ]; h <- rows[rows$spec == 1, ]
    wide <- data.frame(TP = d$true, FN = d$n - d$true, FP = h$n - h$true, TN = h$true)
    cat(name, "mada", seconds(function() mada::reitsma(wide)), "\n", sep = ",")
  }
}
