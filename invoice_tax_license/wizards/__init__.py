from . import license_wizard
from . import serial_wizard
from . import serial_wizard_line
from . import start
