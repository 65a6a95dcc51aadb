from __future__ import annotations

from ctbone.interchange import RevmanParameters, write_revman_parameters
from ctbone.interchange.forms import revman

from .conftest import to_table


def test_the_table_says_that_its_header_is_unverified(tmp_path):
    written = revman.write(tmp_path, "revman", [to_table("A", (1, 2, 3, 4))])
    assert written.paths[0].read_text() == "Study,TP,FP,FN,TN\nA,1,2,3,4\n"
    assert written.notes[0].startswith("RevMan publishes no header")


def test_parameters_stand_under_the_labels_of_the_program(tmp_path):
    parameters = RevmanParameters(
        mean_sensitivity=2.5,
        mean_specificity=1.25,
        variance_sensitivity=0.5,
        variance_specificity=0.25,
        covariance=-0.125,
        se_sensitivity=0.1,
        se_specificity=0.2,
        covariance_means=-0.01,
        studies=14,
    )
    path = write_revman_parameters(tmp_path / "revman_parameters.csv", parameters)
    assert path.read_text().splitlines() == [
        *("parameter,value", "E(logitse),2.5", "E(logitsp),1.25", "Var(logitse),0.5"),
        *("Var(logitsp),0.25", "Cov(logits),-0.125", "SE(E(logitse)),0.1"),
        *("SE(E(logitsp)),0.2", "Cov(Es),-0.01", "Studies,14"),
    ]
