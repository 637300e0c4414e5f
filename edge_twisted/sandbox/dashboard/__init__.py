"""The charger dashboard of the stand-in central system: an operator's back office as web pages and a JSON API."""
