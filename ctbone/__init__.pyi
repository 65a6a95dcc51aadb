"""What type checkers and editors know of the package; ``__init__.py`` imports it when asked."""

from ctbone.api import CtboneError as CtboneError
from ctbone.api import CTVolume as CTVolume
from ctbone.api import DomainConfig as DomainConfig
from ctbone.api import Estimate as Estimate
from ctbone.api import Evaluation as Evaluation
from ctbone.api import Flag as Flag
from ctbone.api import Localisation as Localisation
from ctbone.api import Picture as Picture
from ctbone.api import Pooling as Pooling
from ctbone.api import Reason as Reason
from ctbone.api import Scan as Scan
from ctbone.api import Screening as Screening
from ctbone.api import SeriesRule as SeriesRule
from ctbone.api import TrustConfig as TrustConfig
from ctbone.api import estimate as estimate
from ctbone.api import evaluate as evaluate
from ctbone.api import localise as localise
from ctbone.api import pool as pool
from ctbone.api import read as read
from ctbone.api import read_screening as read_screening
from ctbone.api import screen as screen

__version__: str
