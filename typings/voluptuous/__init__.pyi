"""Home Assistant aliases voluptuous to probatio at run time: this tells mypy so."""

from probatio import *
