"""A head of a real network, as small as one can be, for tests of what is done with its folder."""

from ctbone.estimation import TrainedHead, TrainingRecord
from ctbone.networks import HeadConfig, build_head
from ctbone.patches import InputConfig, PatchGrid

HEAD = HeadConfig(backbone="resnet10", dimensions=2, width=0.125)


def small_head(**changes):
    """Return a head that knows nothing, with some of its attributes as given."""
    known = {
        "network_config": HEAD,
        "input_config": InputConfig(plane="axial"),
        "grid": PatchGrid(),
        "networks": (build_head(HEAD),),
        "validation": {},
        "training": TrainingRecord(seed=1),
    }
    return TrainedHead(**(known | changes))
