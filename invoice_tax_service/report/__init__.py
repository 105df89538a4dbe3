from . import comparison_paper
