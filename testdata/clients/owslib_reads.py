"""What OWSLib sees of the server at the address given, as JSON."""

import json
import sys
from urllib.parse import parse_qsl, urlsplit

from owslib.ogcapi.features import Features

oxus = Features(sys.argv[1])


def ids(collection, **question):
    page = oxus.collection_items(collection, **question)
    return [feature["id"] for feature in page["features"]]


def all_pages(collection, **question):
    """The ids of each page, by following next."""
    pages, page = [], oxus.collection_items(collection, **question)
    while True:
        pages.append([feature["id"] for feature in page["features"]])
        following = [link["href"] for link in page["links"] if link["rel"] == "next"]
        if not following:
            return pages
        page = oxus.collection_items(collection, **dict(parse_qsl(urlsplit(following[0]).query)))


json.dump(
    {
        "collections": oxus.feature_collections(),
        "title": oxus.collection("crossings")["title"],
        "queryables": list(oxus.collection_queryables("crossings")["properties"]),
        "schema": list(oxus.collection_schema("crossings")["properties"]),
        "conforms": oxus.conformance()["conformsTo"],
        "openapi": oxus.api()["openapi"],
        "bbox": ids("crossings", bbox=[70, 36.5, 72, 38.5], limit=50),
        "datetime": ids("incidents", datetime_="2022-01-01/2022-12-31", limit=200),
        "limit": ids("incidents", limit=7),
        "property": ids("incidents", category="closure", limit=200),
        "filter": ids("incidents", filter="category = 'closure' AND start_date >= DATE('2023-01-01')", limit=200),
        "json": ids("incidents", filter='{"op":"=","args":[{"property":"category"},"closure"]}', limit=200, **{"filter-lang": "cql2-json"}),
        "sorted": ids("incidents", sortby=("start_date", "desc"), limit=9),
        "item": oxus.collection_item("crossings", "tem-demogan")["properties"]["name_en"],
        "pages": all_pages("incidents", limit=40),
    },
    sys.stdout,
)
