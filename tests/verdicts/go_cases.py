"""The table: hosts, plugins, and what every implementation must say of them."""

from go_cases_of_modes import MODES
from go_cases_of_pairs import APIS, CONTRACT, IGNORES, LINKED, LOADER
from go_cases_of_plugins import FITTING, STAMPS, UNREADABLE
from go_cases_of_trust import SIGNED
from go_cases_of_versions import VERSIONS

ROWS = [*FITTING, *UNREADABLE, *STAMPS, *APIS, *LINKED, *LOADER, *VERSIONS, *CONTRACT, *IGNORES, *SIGNED, *MODES]
