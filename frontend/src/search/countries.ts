/** The names of the countries here in the languages of the region; the English ones are those of the page. */
export const countryNames: Readonly<Record<string, readonly string[]>> = {
  AF: ['Afghanistan', 'Афганистан', 'Афғонистон', 'افغانستان'],
  CN: ['China', 'Китай', 'Чин', 'Хитой', 'چین'],
  IN: ['India', 'Индия', 'Ҳиндустон', 'هند', 'هندوستان'],
  IR: ['Iran', 'Иран', 'Эрон', 'ایران'],
  KG: ['Kyrgyzstan', 'Кыргызстан', 'Киргизия', 'Қирғизистон', 'قرقیزستان'],
  KZ: ['Kazakhstan', 'Казахстан', 'Қазоқистон', 'قزاقستان'],
  PK: ['Pakistan', 'Пакистан', 'Покистон', 'پاکستان'],
  TJ: ['Tajikistan', 'Таджикистан', 'Тоҷикистон', 'تاجیکستان'],
  TM: ['Turkmenistan', 'Туркменистан', 'Туркмения', 'Туркманистон', 'ترکمنستان'],
  UZ: ['Uzbekistan', 'Узбекистан', 'Ӯзбекистон', 'ازبکستان', 'اوزبیکستان'],
};
