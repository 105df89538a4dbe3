from . import leqi_reasons
from . import connection
from . import taxpayer
from . import issue
