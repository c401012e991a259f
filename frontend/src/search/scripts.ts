/**
 * How letters are folded, as tables, so that a name is found in whatever script or spelling it is typed: ishkoshim,
 * Ишкошим, اشکاشم and eshkashem meet. Every letter is written in Latin first (the two scripts below); a name's frame,
 * its consonants, is then taken from the Latin (digraphs and consonants), because Persian writes no short vowels and
 * transliterations agree on few of the others.
 */
type Table = ReadonlyMap<string, string>;

/** "а=a б=b": one letter a word, so that a table reads as a table. */
function table(pairs: string): Table {
  return new Map(
    pairs
      .trim()
      .split(/\s+/)
      .map(pair => pair.split('=') as [string, string]),
  );
}

/** Russian and Tajik, and the letters of their neighbours that stand in names here. */
export const cyrillic = table(`
  а=a б=b в=v г=g ғ=gh д=d е=e ё=yo ж=zh з=z и=i ӣ=i й=y к=k қ=q л=l м=m н=n ң=n о=o ө=o п=p р=r с=s т=t
  у=u ӯ=u ў=u ү=u ф=f х=kh ҳ=h ц=ts ч=ch ҷ=j ш=sh щ=sh ъ= ы=y ь= э=e ю=yu я=ya і=i`);

/** Persian with Dari spellings, and the Pashto letters; ی and و are written as the vowels they mostly are. */
export const arabic = table(`
  ا=a آ=a أ=a إ=e ٱ=a ء= ؤ=u ئ=y ب=b پ=p ت=t ټ=t ث=s ج=j چ=ch ح=h خ=kh څ=ts ځ=dz د=d ډ=d ذ=z ر=r ړ=r ز=z ژ=zh ږ=zh
  س=s ش=sh ښ=sh ص=s ض=z ط=t ظ=z ع= غ=gh ف=f ق=q ک=k ك=k ګ=g گ=g ل=l م=m ن=n ڼ=n و=u ه=h ة=h ی=i ي=i ى=i ې=e ۍ=i ـ=
  ۰=0 ۱=1 ۲=2 ۳=3 ۴=4 ۵=5 ۶=6 ۷=7 ۸=8 ۹=9 ٠=0 ١=1 ٢=2 ٣=3 ٤=4 ٥=5 ٦=6 ٧=7 ٨=8 ٩=9`);

/** At the end of a word ه is the sign of a vowel: دروازه is Darwaza. */
export const lastHe = /ه(?![\p{L}\p{M}])/gu;

/** Latin letters that no decomposition takes apart. */
export const latin = table(`ø=o ł=l ı=i ß=ss æ=ae đ=d ə=a '= ʼ= ʻ= ʿ= ʾ= ’= ‘= ʹ=`);

/** Two or three letters that write one sound. Longer ones stand first: дж and zh are one sound with ҷ, j and ج. */
export const digraphs: readonly (readonly [spelling: string, sound: string])[] = [
  ['shch', 'š'],
  ['dzh', 'j'],
  ['tch', 'č'],
  ['sh', 'š'],
  ['ch', 'č'],
  ['kh', 'h'],
  ['gh', 'g'],
  ['zh', 'j'],
  ['dj', 'j'],
  ['ph', 'f'],
];

/**
 * Consonants that spellings of one name do not agree on. What is not here stands for itself; vowels are left out, and so
 * are y, v and w: they are و and ی, which are vowels as often as not (Darvoz, Darwaz, دروازه).
 */
export const consonants = table('q=k c=k x=h a= e= i= o= u= y= v= w=');
