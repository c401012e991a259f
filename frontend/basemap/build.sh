#!/bin/sh
# Rebuilds central-asia.json, the basemap of the map page, and world.json, what lies around it, from the Natural Earth shapefiles in Debian's libmagics++-data.
# Needs: apt-get and dpkg-deb (the package is unpacked, not installed), ogr2ogr (gdal-bin), npx. NE_DEB names a package file already at hand.
set -eu

package='libmagics++-data=4.13.0-1'
mapshaper='mapshaper@0.7.70'
box='55 29 80 45' # west south east north
limit=122880      # bytes after gzip: the page must stay light
world_limit=30720 # of what is asked for when the map shows more than the box

here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

if [ -n "${NE_DEB:-}" ]; then
  dpkg-deb -x "$NE_DEB" ne
else
  apt-get download "$package"
  dpkg-deb -x ./*.deb ne
fi

# Each layer is cut to the box before anything else reads it.
for layer in rivers_lake_centerlines admin_0_boundary_lines_land admin_1_states_provinces_lines populated_places_simple; do
  # shellcheck disable=SC2086 # the box is four words
  ogr2ogr -f GeoJSON "$layer.geojson" "ne/usr/share/magics/10m/ne_10m_$layer.shp" \
    -clipsrc $box -lco COORDINATE_PRECISION=5 -lco RFC7946=YES
done

# Inner borders of the large neighbours are left out: they weigh much and say nothing about this border.
npx --yes "$mapshaper" -i rivers_lake_centerlines.geojson admin_0_boundary_lines_land.geojson \
  admin_1_states_provinces_lines.geojson populated_places_simple.geojson combine-files \
  -target rivers_lake_centerlines -rename-layers river -filter-fields name,scalerank,featurecla \
  -target admin_0_boundary_lines_land -rename-layers border -filter-fields featurecla,adm0_a3_l,adm0_a3_r \
  -target admin_1_states_provinces_lines -rename-layers admin1 \
  -filter 'adm0_a3!="IND"&&adm0_a3!="CHN"&&adm0_a3!="IRN"' -filter-fields adm0_a3,scalerank \
  -target populated_places_simple -rename-layers place -filter 'name!="Leninobod"' -filter-fields name,adm0_a3,scalerank,pop_max \
  -o base.json format=topojson quantization=100000 target='*'

# Seas and borders of the rest of the world, coarse; the box itself is left to the layers above.
for layer in ocean admin_0_boundary_lines_land; do
  ogr2ogr -f GeoJSON "world_$layer.geojson" "ne/usr/share/magics/110m/ne_110m_$layer.shp" -lco COORDINATE_PRECISION=2
done
npx --yes "$mapshaper" -i world_ocean.geojson world_admin_0_boundary_lines_land.geojson combine-files \
  -target world_ocean -rename-layers sea -filter-fields \
  -target world_admin_0_boundary_lines_land -rename-layers border -filter-fields featurecla \
  -target '*' -erase bbox="$(echo "$box" | tr ' ' ',')" \
  -o world.json format=topojson quantization=10000 target='*'

# keep FILE NAME LIMIT moves a file here under a name unless it has become too large.
keep() {
  bytes=$(gzip -9c "$1" | wc -c)
  if [ "$bytes" -gt "$3" ]; then
    echo "$2 has $bytes bytes after gzip, more than $3" >&2
    exit 1
  fi
  mv "$1" "$here/$2"
  echo "basemap/$2: $(wc -c <"$here/$2") bytes, $bytes after gzip"
}
keep base.json central-asia.json "$limit"
keep world.json world.json "$world_limit"
