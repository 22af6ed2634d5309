"""Numbers of telephones; see ``sip_bridge.contract.numbers``."""

from sip_bridge.contract.numbers import Number as Number
from sip_bridge.contract.numbers import normalise as normalise
