"""What an analysis holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ctbone.interchange import AccuracyTable
from ctbone.pooling.asymmetry import Asymmetry
from ctbone.pooling.dependence import Dependence
from ctbone.pooling.detail import Detail
from ctbone.pooling.fagan import Fagan
from ctbone.pooling.heterogeneity import Heterogeneity, ZhouDendukuri
from ctbone.pooling.homogeneity import Homogeneity
from ctbone.pooling.influence import Influence
from ctbone.pooling.midas import Midas
from ctbone.pooling.model.profile import ProfileInterval
from ctbone.pooling.moderators.multiplicity import holm
from ctbone.pooling.moderators.regression import Comparison
from ctbone.pooling.moderators.slopes import Trend
from ctbone.pooling.summary import SummaryAccuracy
from ctbone.records import Interval


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Analysis:
    """What the tables of one target say.

    Attributes:
        target: The condition; empty when the tables do not name one.
        tables: The tables that hold patients.
        summary: Pooled accuracy.
        auc: Area under the summary curve; ``None`` where there is no curve.
        detail: What the model says beyond the pooled values; ``None`` without a bivariate model.
        heterogeneity: How much the studies differ.
        asymmetry: Deeks' test; ``None`` where there is nothing to test.
        fagan: Probabilities after the test, for several before it.
        influence: The model without each study; empty without a bivariate model.
        subgroups: Comparison by each covariate that forms groups.
        trends: Regression on each covariate that is a number.
        dependence: The analysis that respects which tables belong together; ``None`` where every
            study gives one.
        compat: The output of MIDAS v2.00, where it was asked for and has a model.
        notes: What a reader has to know, a sentence each.
    """

    target: str
    tables: tuple[AccuracyTable, ...]
    summary: SummaryAccuracy
    auc: Interval | None
    detail: Detail | None
    heterogeneity: Heterogeneity
    asymmetry: Asymmetry | None
    fagan: tuple[Fagan, ...]
    influence: tuple[Influence, ...]
    subgroups: dict[str, Comparison]
    trends: dict[str, Trend]
    dependence: Dependence | None
    compat: Midas | None
    notes: tuple[str, ...]

    @property
    def homogeneity(self) -> tuple[Homogeneity, Homogeneity]:
        """Pearson's test of sensitivity and of specificity."""
        return self.heterogeneity.sensitivity, self.heterogeneity.specificity

    @property
    def weights(self) -> tuple[tuple[float, float], ...]:
        """Percent that each table weighs in either margin; empty without a bivariate model."""
        return self.detail.weights if self.detail else ()

    @property
    def profile(self) -> Mapping[str, ProfileInterval]:
        """Profile likelihood limits of the pooled values, by name; empty without them."""
        return self.detail.profile if self.detail else {}

    @property
    def student(self) -> Mapping[str, Interval]:
        """The pooled values with limits by Student's t, by name; empty without such a model."""
        return self.detail.student if self.detail else {}

    @property
    def tested(self) -> dict[str, float]:
        """Probability of the joint test of each covariate, groups and numbers alike."""
        groups = {name: found.p for name, found in self.subgroups.items()}
        return groups | {name: found.p for name, found in self.trends.items()}

    @property
    def adjusted(self) -> dict[str, float]:
        """The same, adjusted by Holm for the number of covariates."""
        return holm(self.tested)

    @property
    def zhou(self) -> ZhouDendukuri | None:
        """I2 after Zhou and Dendukuri; ``None`` without a bivariate model."""
        return self.heterogeneity.zhou_dendukuri


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Targets:
    """The analyses of several conditions.

    Attributes:
        analyses: One a condition that could be pooled: osteoporosis, osteopenia, normal, then
            others by name.
        refused: Why the others could not, a sentence each.
    """

    analyses: tuple[Analysis, ...]
    refused: tuple[str, ...]
