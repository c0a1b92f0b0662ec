"""The table: hosts, plugins, and what every implementation must say of them."""

from go_cases_of_pairs import APIS, CONTRACT, IGNORES, LINKED
from go_cases_of_plugins import FITTING, STAMPS, UNREADABLE

ROWS = [*FITTING, *UNREADABLE, *STAMPS, *APIS, *LINKED, *CONTRACT, *IGNORES]
