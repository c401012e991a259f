package charset

import "math"

// language is what a guess knows of a language: its letters, the frequent ones
// first.
//
// The orders are general knowledge of the languages, written down from memory
// and held against names and sentences in the tests; no corpus was counted.
// Frequencies follow from the order: the letter of rank r has the share
// exp(-r/9), which fits the published counts of Russian (о 11 %, the tenth 3.5 %,
// the twentieth 1.2 %, the last below 0.3 %) and the others well enough to tell
// encodings apart. Only letters beyond ASCII count, so Latin languages list the
// few that names are transliterated with.
type language struct {
	tag     string
	letters string
	// vowels of scripts that write them, so that runs of consonants can tell.
	vowels string
	// share is how much of the text the letters make up, 1 but for Latin.
	share float64
}

func languages() []language {
	const cyrillicVowels = "аеёиоуыэюяӣӯўѣ"
	return []language{
		// The letters after ӯ are those that fonts of the 1990s drew as Ҳ Қ Ҷ Ӣ
		// Ғ: they stand in old files in the place of those.
		{"tg", "аиоронедтмубҳвкшслӣзхгпёфқҷчжйяғюэӯъыьњќљїѓўщц", cyrillicVowels + "ї", 1},
		{"ru", "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё", cyrillicVowels, 1},
		{"uz-Cyrl", "аионрлтдмсшқкуйгбўчҳзпвғжхеяёфюэцьъы", cyrillicVowels, 1},
		{"fa-AF", "ایرندهمتوبسشکزلخفگقپعحجچصطآغضذظثئژءأؤي\u200cكىة", "", 1},
		{"ps", "ودهانیيرلمېپتبکسګړشښځزغخډټچعحقږڅجڼطصفۍئژظضذثآك", "", 1},
		{"en, uz-Latn", "áāīūéèôíóúâîûşşçñöüäåžšğıçàìòùãõêëïÿøæ", "", 0.05},
	}
}

// model gives each letter of a language the logarithm of its share.
type model struct {
	tag    string
	shares map[rune]float64
	vowels map[rune]bool
}

func models() []model {
	known := languages()
	out := make([]model, len(known))
	for i, l := range known {
		out[i] = model{l.tag, map[rune]float64{}, map[rune]bool{}}
		total, rank := 0.0, 0
		for _, r := range l.letters {
			if _, again := out[i].shares[r]; again {
				continue // the first place counts
			}
			weight := math.Exp(-float64(rank) / 9)
			out[i].shares[r], total, rank = weight, total+weight, rank+1
		}
		for r, weight := range out[i].shares {
			out[i].shares[r] = math.Log(l.share * weight / total)
		}
		for _, r := range l.vowels {
			out[i].vowels[r] = true
		}
	}
	return out
}
