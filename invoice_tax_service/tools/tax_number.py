"""Chinese tax numbers: normalising and checking."""

import re
import unicodedata

from stdnum.cn import uscc

# Old registration numbers still in use carry no check digit
# (selection platform manual, section 1.6: 15, 17, 18 or 20 places).
_OLD_NUMBER = re.compile(r"[0-9A-Z]{15}|[0-9A-Z]{17}|[0-9A-Z]{20}")
# 15、17、18、20位税号 (manual 001, 1.6).
_WHOLE = re.compile(r"[0-9A-Z]{15}|[0-9A-Z]{17,18}|[0-9A-Z]{20}")
_UNIFIED_CODE = re.compile(r"[0-9A-HJ-NPQRTUWXY]{18}")


def normalize(value):
    """Upper case, half width, without spaces; False for nothing."""
    text = unicodedata.normalize("NFKC", value or "")
    return re.sub(r"\s", "", text).upper() or False


def is_whole(text):
    """Whether this can be searched for: a whole number, right or not."""
    return bool(_WHOLE.fullmatch(text))


def is_valid(value):
    """Whether a taxpayer can have this number.

    18 places are a unified social credit code with a right check digit
    (GB 32100-2015); python-stdnum wants digits in the division code, where
    real codes of some authorities hold letters, so only its check digit is
    asked. 15, 17 and 20 places are old numbers, taken as they are.
    """
    number = normalize(value) or ""
    if len(number) == 18:
        return bool(
            _UNIFIED_CODE.fullmatch(number)
            and uscc.calc_check_digit(number[:-1]) == number[-1]
        )
    return bool(_OLD_NUMBER.fullmatch(number))


def is_same(number, other):
    """Whether two numbers are of one taxpayer.

    An old number of 15 places is the division and the organisation code, and both
    stand in the unified code of today (GB 32100-2015); the organisation code is given
    once in the country, while the division changes when the taxpayer moves.
    """
    number, other = sorted((number, other), key=len)
    if len(number) == 15 and len(other) == 18:
        return number[6:] == other[8:17]
    return number == other
