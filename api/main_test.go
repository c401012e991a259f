package api_test

import (
	"testing"

	"oxus/data/postgis/postgistest"
)

func TestMain(m *testing.M) { postgistest.Main(m) }
