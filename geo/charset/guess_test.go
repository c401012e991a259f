package charset_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"

	"oxus/geo/charset"
)

// texts are names of the region and sentences made up for this test, by the
// language of their letters. Dari and Pashto are written with the letters that
// windows-1256 has.
var texts = map[string][]string{
	"tajik": {"Панчи Поён", "Хоруг, шахри бостонй", "Бозори Тем", "Гузаргохи сархадии Ишкошим", "Пули дустй", "Рузвай", "Дарёи Панч"},
	"russian": {
		"Нижний Пяндж – Шерхан-Бандар", "Мост дружбы", "Пункт пропуска закрыт на зиму", "Хорог", "Ишкашим",
		"Линия электропередачи восстановлена", "Ванч",
	},
	"short":    {"Хорог"},
	"capitals": {"ХОРОГ", "ИШКАШИМ", "НИЖНИЙ ПЯНДЖ"},
	"small":    {"мост через реку", "пункт пропуска", "рынок"},
	"dari":     {"شيرخان بندر", "بازار اشكاشم", "پل دوستی افغانستان", "قندوز", "ولايت بدخشان"},
	"latin":    {"Khôrûgh", "Café à Douchanbé", "Ishkāshim", "Chumrogi-Brücke"},
}

func in(t *testing.T, e encoding.Encoding, list []string) [][]byte {
	t.Helper()
	var out [][]byte
	for _, text := range list {
		if e == nil {
			out = append(out, []byte(text))
			continue
		}
		if raw, err := e.NewEncoder().Bytes([]byte(text)); err == nil {
			out = append(out, raw)
		}
	}
	if len(out) == 0 {
		t.Fatalf("%v cannot write any of %q", e, list)
	}
	return out
}

func TestGuess(t *testing.T) {
	cyrillic := map[string]encoding.Encoding{
		"windows-1251": charmap.Windows1251, "IBM866": charmap.CodePage866, "KOI8-R": charmap.KOI8R, "ISO-8859-5": charmap.ISO8859_5,
		"x-mac-cyrillic": charmap.MacintoshCyrillic, "UTF-8": nil,
	}
	for name, e := range cyrillic {
		for _, language := range []string{"tajik", "russian", "short", "capitals", "small"} {
			if name == "x-mac-cyrillic" && (language == "small" || language == "capitals") {
				continue // small letters have the same bytes in windows-1251, capitals in IBM866
			}
			t.Run(name+" "+language, func(t *testing.T) { guessed(t, in(t, e, texts[language]), name) })
		}
	}
	t.Run("windows-1256", func(t *testing.T) { guessed(t, in(t, charmap.Windows1256, texts["dari"]), "windows-1256") })
	t.Run("windows-1256 short", func(t *testing.T) { guessed(t, in(t, charmap.Windows1256, []string{"قندوز"}), "windows-1256") })
	t.Run("windows-1252", func(t *testing.T) { guessed(t, in(t, charmap.Windows1252, texts["latin"]), "windows-1252") })
	t.Run("macintosh", func(t *testing.T) { guessed(t, in(t, charmap.Macintosh, texts["latin"]), "macintosh") })
}

func guessed(t *testing.T, raw [][]byte, want string) {
	t.Helper()
	got := charset.Guess(raw)
	if len(got) == 0 || got[0].Name != want {
		t.Fatalf("guessed %v", got)
	}
	d, ok := charset.Find(want, charset.FromOverride)
	if !ok {
		t.Fatal(want)
	}
	first, fault := d.Decode(raw[0])
	if fault != nil || !slices.Contains(got[0].Samples, first) || !strings.Contains(got[0].String(), first) || got[0].Language == "" {
		t.Errorf("the samples of %v do not have %q", got[0], first)
	}
	for i, c := range got {
		if c.Score < 0 || c.Score > 1 || math.IsNaN(c.Score) || i > 0 && c.Score > got[i-1].Score || len(c.Samples) > 10 {
			t.Errorf("candidate %d is %v with %d samples", i, c, len(c.Samples))
		}
	}
}

func TestGuessLeavesOutWhatTellsNothing(t *testing.T) {
	if got := charset.Guess([][]byte{[]byte("Khorugh"), nil}); got != nil {
		t.Errorf("guessed %v from ASCII", got)
	}
	many := make([][]byte, 100_000)
	for i := range many {
		many[i] = []byte(strings.Repeat("\xd5\xee\xf0\xee\xe3 ", 100))
	}
	if got := charset.Guess(many); got[0].Name != "windows-1251" || len([]rune(got[0].Samples[0])) > 81 {
		t.Errorf("guessed %v", got)
	}
}

// One text that is broken must not hide what the others are in.
func TestOneDamagedTextAmongMany(t *testing.T) {
	raw := in(t, charmap.Windows1251, texts["russian"])
	raw = append(raw, []byte("Хорог\x98")[10:])
	if got := charset.Guess(raw); len(got) == 0 || got[0].Name != "windows-1251" || got[0].Score > 0.95 {
		t.Errorf("guessed %v", got)
	}
}

// Fields of a fixed width cut UTF-8 in the middle of a letter.
func TestCutLettersAreStillUTF8(t *testing.T) {
	if got := charset.Guess([][]byte{[]byte("Нижний Пянд")[:19], []byte("Хорог")[:9]}); got[0].Name != "UTF-8" || got[0].Score < 1 {
		t.Errorf("guessed %v", got)
	}
}

func TestUzbekAndOldFontsAreRead(t *testing.T) {
	for name, list := range map[string][]string{
		"uzbek":     {"Термиз шаҳри", "Ўзбекистон", "Дўстлик кўприги", "Амударё бўйи"},
		"old fonts": {"Тољикистон", "Љумњурии Тољикистон", "шањри Хоруѓ"},
	} {
		if got := charset.Guess(in(t, charmap.Windows1251, list)); got[0].Name != "windows-1251" {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestLost(t *testing.T) {
	for name, c := range map[string]struct {
		encoding string
		texts    []string
		says     []string
	}{
		"whole":               {"UTF-8", []string{"Тоҷикистон", "шаҳри Хоруғ", "Where is it? Here.", "Хорог?"}, nil},
		"marks":               {"windows-1251", []string{"То?икистон", "Хорог"}, []string{"one text has question marks", "То?икистон", "Ғ Ӣ Қ Ӯ Ҳ Ҷ of Tajik"}},
		"marks in UTF-8":      {"UTF-8", []string{"То?икистон", "ша?р"}, []string{"2 texts", "lost before"}},
		"marks of Pashto":     {"windows-1256", []string{"کو?ه"}, []string{"ټ ډ ړ ږ ښ ګ ڼ ې ۍ ځ څ of Pashto"}},
		"a URL":               {"windows-1251", []string{"https://oxus.test/a?b=c", "x=a?b"}, nil},
		"Russian spelling":    {"IBM866", []string{"Нохияи Панч", "нохия"}, []string{"2 texts have Tajik words in Russian letters", "IBM866 has no"}},
		"Russian":             {"windows-1251", []string{"Нижний Пяндж", "шахта", "кухня"}, nil},
		"old fonts":           {"windows-1251", []string{"Љумњурии Тољикистон"}, []string{"Њ as Ҳ", "Љумњурии"}},
		"Uzbek and Ukrainian": {"windows-1251", []string{"Ўзбекистон", "Київ"}, nil},
	} {
		got := strings.Join(charset.Lost(c.encoding, c.texts), "\n")
		if (got == "") != (len(c.says) == 0) {
			t.Errorf("%s: %q", name, got)
		}
		for _, s := range c.says {
			if !strings.Contains(got, s) {
				t.Errorf("%s: %q does not say %q", name, got, s)
			}
		}
	}
}
