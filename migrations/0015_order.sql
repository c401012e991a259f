-- The default order of features: along a Hilbert curve, by a key that is stored and
-- indexed, so that a page of a box is a few ranges of an index and never a sort of the
-- box. Among equal keys the id decides. The same is computed in Go, by geo.HilbertKeyOf.

-- +goose Up
-- hilbert_steps is the curve four levels at a time. Its place is the turn of a square, 0
-- to 3, the column within it and the row, 0 to 15 each; it holds the place on the way of
-- the curve in the lower eight bits, and above them the turn of the part that lies there.
CREATE FUNCTION oxus.hilbert_steps() RETURNS int[] LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN '{0,515,260,5,570,315,60,575,320,65,590,335,80,595,340,85,257,258,775,6,569,824,317,318,835,66,589,844,337,338,855,86,
 782,781,264,9,566,311,818,817,68,583,72,587,862,861,344,89,15,524,779,10,565,820,51,560,325,326,329,330,95,604,859,90,
 272,17,542,287,288,33,558,303,890,889,886,885,96,611,356,101,787,18,541,796,803,34,557,812,123,632,119,628,353,354,871,102,
 20,535,24,539,36,551,40,555,380,125,626,371,878,877,360,105,277,278,281,282,293,294,297,298,895,126,625,880,111,620,875,106,
 1002,1001,998,997,986,985,982,981,384,129,654,399,144,659,404,149,235,744,231,740,219,728,215,724,899,130,653,908,401,402,919,150,
 492,237,738,483,476,221,722,467,132,647,136,651,926,925,408,153,1007,238,737,992,991,222,721,976,389,390,393,394,159,668,923,154,
 240,755,500,245,714,459,204,719,954,953,950,949,160,675,420,165,497,498,1015,246,713,968,461,462,187,696,183,692,417,418,935,166,
 1022,1021,504,249,710,455,962,961,444,189,690,435,942,941,424,169,255,764,1019,250,709,964,195,704,959,190,689,944,175,684,939,170,
 256,1,526,271,16,531,276,21,746,491,236,751,496,241,766,511,771,2,525,780,273,274,791,22,745,1000,493,494,1011,242,765,1020,
 4,519,8,523,798,797,280,25,742,487,994,993,244,759,248,763,261,262,265,266,31,540,795,26,741,996,227,736,501,502,505,506,
 826,825,822,821,32,547,292,37,730,475,220,735,970,969,966,965,59,568,55,564,289,290,807,38,729,984,477,478,203,712,199,708,
 316,61,562,307,814,813,296,41,726,471,978,977,460,205,706,451,831,62,561,816,47,556,811,42,725,980,211,720,975,206,705,960,
 64,579,324,69,634,379,124,639,128,643,388,133,698,443,188,703,321,322,839,70,633,888,381,382,385,386,903,134,697,952,445,446,
 846,845,328,73,630,375,882,881,910,909,392,137,694,439,946,945,79,588,843,74,629,884,115,624,143,652,907,138,693,948,179,688,
 336,81,606,351,352,97,622,367,400,145,670,415,416,161,686,431,851,82,605,860,867,98,621,876,915,146,669,924,931,162,685,940,
 84,599,88,603,100,615,104,619,148,663,152,667,164,679,168,683,341,342,345,346,357,358,361,362,405,406,409,410,421,422,425,426,
 682,427,172,687,432,177,702,447,192,707,452,197,762,507,252,767,681,936,429,430,947,178,701,956,449,450,967,198,761,1016,509,510,
 678,423,930,929,180,695,184,699,974,973,456,201,758,503,1010,1009,677,932,163,672,437,438,441,442,207,716,971,202,757,1012,243,752,
 666,411,156,671,906,905,902,901,464,209,734,479,480,225,750,495,665,920,413,414,139,648,135,644,979,210,733,988,995,226,749,1004,
 662,407,914,913,396,141,642,387,212,727,216,731,228,743,232,747,661,916,147,656,911,142,641,896,469,470,473,474,485,486,489,490,
 618,363,108,623,368,113,638,383,810,809,806,805,794,793,790,789,617,872,365,366,883,114,637,892,43,552,39,548,27,536,23,532,
 614,359,866,865,116,631,120,635,300,45,546,291,284,29,530,275,613,868,99,608,373,374,377,378,815,46,545,800,799,30,529,784,
 602,347,92,607,842,841,838,837,48,563,308,53,522,267,12,527,601,856,349,350,75,584,71,580,305,306,823,54,521,776,269,270,
 598,343,850,849,332,77,578,323,830,829,312,57,518,263,770,769,597,852,83,592,847,78,577,832,63,572,827,58,517,772,3,512,
 938,937,934,933,922,921,918,917,874,873,870,869,858,857,854,853,171,680,167,676,155,664,151,660,107,616,103,612,91,600,87,596,
 428,173,674,419,412,157,658,403,364,109,610,355,348,93,594,339,943,174,673,928,927,158,657,912,879,110,609,864,863,94,593,848,
 176,691,436,181,650,395,140,655,112,627,372,117,586,331,76,591,433,434,951,182,649,904,397,398,369,370,887,118,585,840,333,334,
 958,957,440,185,646,391,898,897,894,893,376,121,582,327,834,833,191,700,955,186,645,900,131,640,127,636,891,122,581,836,67,576,
 448,193,718,463,208,723,468,213,554,299,44,559,304,49,574,319,963,194,717,972,465,466,983,214,553,808,301,302,819,50,573,828,
 196,711,200,715,990,989,472,217,550,295,802,801,52,567,56,571,453,454,457,458,223,732,987,218,549,804,35,544,309,310,313,314,
 1018,1017,1014,1013,224,739,484,229,538,283,28,543,778,777,774,773,251,760,247,756,481,482,999,230,537,792,285,286,11,520,7,516,
 508,253,754,499,1006,1005,488,233,534,279,786,785,268,13,514,259,1023,254,753,1008,239,748,1003,234,533,788,19,528,783,14,513,768}'::int[];

-- hilbert is the key of a position: the number of its cell of 2^16 columns and 2^16 rows.
-- It runs for every row that is written, so the steps are constants of its plan, and it
-- sets no search_path, which would cost more than all the rest: every function of the
-- schema is named with it, and operators of pg_catalog come first.
-- +goose StatementBegin
CREATE FUNCTION oxus.hilbert(lon double precision, lat double precision) RETURNS bigint
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    x int := least(65535, greatest(0, floor((lon + 180) * (65536 / 360::float8))));
    y int := least(65535, greatest(0, floor((lat + 90) * (65536 / 180::float8))));
    a int := (oxus.hilbert_steps())[1 + ((x >> 8 & 240) | (y >> 12))];
    b int := (oxus.hilbert_steps())[1 + ((a & 768) | (x >> 4 & 240) | (y >> 8 & 15))];
    c int := (oxus.hilbert_steps())[1 + ((b & 768) | (x & 240) | (y >> 4 & 15))];
BEGIN
    RETURN ((a & 255)::bigint << 24) | ((b & 255) << 16) | ((c & 255) << 8)
         | ((oxus.hilbert_steps())[1 + ((c & 768) | (x << 4 & 240) | (y & 15))] & 255);
END
$$;
-- +goose StatementEnd

-- keep_order gives a table of features, or of past ones, the key of each row. A feature
-- without a geometry comes after all others.
-- +goose StatementBegin
CREATE PROCEDURE oxus.keep_order(tbl text)
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    EXECUTE format($sql$
        ALTER TABLE oxus.%1$I ADD COLUMN hilbert bigint NOT NULL
              GENERATED ALWAYS AS (coalesce(oxus.hilbert(public.st_x(%2$s), public.st_y(%2$s)), 4294967296)) STORED;
        CREATE INDEX %3$I ON oxus.%1$I (hilbert, id)
        $sql$, tbl,
        (SELECT CASE WHEN format_type(atttypid, atttypmod) LIKE '%(Point,%' THEN 'geom' ELSE 'public.st_startpoint(public.st_geometryn(geom, 1))' END
           FROM pg_attribute WHERE attrelid = to_regclass('oxus.' || tbl) AND attname = 'geom'),
        tbl || '_in_order');
END
$$;
-- +goose StatementEnd

-- change_row is that of 0001_ground.sql, with one generated column more.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION oxus.change_row() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF TG_ARGV[0] = 'feature' THEN
            new.revision := 1;
        END IF;
        new.recorded := oxus.take_moment();
        RETURN new;
    END IF;
    IF new.id IS DISTINCT FROM old.id THEN
        RAISE EXCEPTION 'the id % cannot change; add a new row and delete this one', old.id
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = TG_TABLE_NAME || '_id_stable';
    END IF;
    -- Generated columns are not yet computed here.
    IF TG_ARGV[0] = 'feature' THEN
        new.lifetime := old.lifetime;
        new.hilbert := old.hilbert;
        new.revision := old.revision;
    ELSIF TG_ARGV[0] = 'status' THEN
        new.during := old.during;
    END IF;
    new.recorded := old.recorded;
    IF new *= old THEN
        RETURN NULL;
    END IF;
    new.recorded := oxus.take_moment();
    IF TG_ARGV[0] = 'feature' THEN
        new.revision := old.revision + 1;
    END IF;
    RETURN new;
END
$$;
-- +goose StatementEnd

-- show_status_periods is that of 0013_audience.sql, with the key of the feature.
-- +goose StatementBegin
CREATE OR REPLACE PROCEDURE oxus.show_status_periods()
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    parts text;
BEGIN
    -- What is doubled is filled in twice, once for each.
    SELECT string_agg(format($sql$
        SELECT (%1$L || '~' || s.id || '~' || f.id) COLLATE "C" AS id, f.revision, %1$L::text AS collection, f.id::text AS feature, f.name_en,
               s.status, s.kind, CASE WHEN s.feature IS NULL THEN 'project' ELSE 'feature' END AS scope, s.id AS period, %3$s AS project,
               lower(s.during) AS start, upper(s.during) - 1 AS "end", s.from_precision AS start_precision, s.end_basis,
               s.cause, s.summary, s.sources, s.during AS lifetime, f.geom::geometry(Geometry,4326) AS geom, s.sources || f.sources AS cited, f.hilbert
          FROM oxus.%2$s_status%%1$s s JOIN oxus.%2$s%%1$s f ON (f.id = s.feature %4$s) %%2$s$sql$,
        v.collection, oxus.table_of(v.collection),
        CASE WHEN by_project THEN 's.project' ELSE 'NULL::text' END,
        CASE WHEN by_project THEN 'OR f.project = s.project' ELSE '' END), ' UNION ALL ' ORDER BY v.collection)
      INTO parts
      FROM oxus.versions v
     CROSS JOIN LATERAL to_regclass('oxus.' || oxus.table_of(v.collection) || '_status') AS tbl
     CROSS JOIN LATERAL (SELECT EXISTS (SELECT FROM pg_attribute
                          WHERE attrelid = tbl AND attname = 'project' AND NOT attisdropped) AS by_project) p
     WHERE tbl IS NOT NULL;
    EXECUTE 'CREATE OR REPLACE VIEW oxus.status_periods AS ' || format(parts, '', '');
    EXECUTE format('CREATE OR REPLACE FUNCTION oxus.status_periods_at(moment timestamptz) RETURNS SETOF oxus.status_periods
        LANGUAGE sql STABLE PARALLEL SAFE AS $f$ %s $f$', format(parts, '_known', 'WHERE s.known @> $1 AND f.known @> $1'));
END
$$;
-- +goose StatementEnd

-- Rows that were there already lie on the disk in their order from now on.
-- +goose StatementBegin
DO $$
DECLARE
    tbl text;
    listed text;
BEGIN
    FOR tbl IN SELECT oxus.table_of(collection) FROM oxus.versions WHERE collection <> 'sources' LOOP
        SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) INTO listed
          FROM pg_attribute WHERE attrelid = ('oxus.' || tbl)::regclass AND attnum > 0 AND NOT attisdropped;
        CALL oxus.keep_order(tbl);
        CALL oxus.keep_order(tbl || '_past');
        EXECUTE format($sql$
            ALTER TABLE oxus.%2$I ALTER COLUMN hilbert DROP EXPRESSION;
            CLUSTER oxus.%1$I USING %4$I;
            CREATE OR REPLACE VIEW oxus.%3$I AS
                SELECT %5$s, tstzrange(recorded, NULL) AS known, hilbert FROM oxus.%1$I UNION ALL SELECT %5$s, known, hilbert FROM oxus.%2$I
            $sql$, tbl, tbl || '_past', tbl || '_known', tbl || '_in_order', listed);
    END LOOP;
END
$$;
-- +goose StatementEnd
CALL oxus.show_status_periods();

ALTER PROCEDURE oxus.keep_history RENAME TO keep_history_in_no_order;

-- keep_history puts a table under history; see 0001_ground.sql.
-- +goose StatementBegin
CREATE PROCEDURE oxus.keep_history(tbl text, collection text, kind text, VARIADIC spans text[] DEFAULT '{}')
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF kind = 'feature' THEN
        CALL oxus.keep_order(tbl);
    END IF;
    CALL oxus.keep_history_in_no_order(tbl, collection, kind, VARIADIC spans);
    IF kind = 'feature' THEN
        EXECUTE format('CREATE INDEX %I ON oxus.%I (hilbert, id)', tbl || '_past_in_order', tbl || '_past');
    END IF;
END
$$;
-- +goose StatementEnd
