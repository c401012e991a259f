"""What geopandas reads from each address given, as JSON."""

import json
import sys
import warnings

import geopandas
import pandas

warnings.simplefilter("ignore")  # the name of a file fetched over HTTP has no extension


def plain(value):
    """A value as JSON has it; None for what is not known."""
    if isinstance(value, list):
        return value
    if pandas.isna(value):
        return None
    if isinstance(value, pandas.Timestamp):
        return value.date().isoformat()
    return value.item() if hasattr(value, "item") else value


def seen(address):
    frame = geopandas.read_file(address)
    key = "feature_id" if "feature_id" in frame else "id"
    rows = {}
    for _, row in frame.iterrows():
        rows[row[key]] = {name: plain(row[name]) for name in ("name_en", "status", "built_year", "structure_length_m", "status_since")}
        rows[row[key]]["place"] = None if row.geometry is None else [row.geometry.x, row.geometry.y]
    return {"crs": frame.crs.to_string(), "types": {name: str(kind) for name, kind in frame.dtypes.items()}, "rows": rows}


json.dump([seen(address) for address in sys.argv[1:]], sys.stdout)
