/** The texts of the page of translations, in all languages: it is small, and its readers change between them. */
import type { Entry } from '../language/catalogue';
import { language } from '../language/current';
import type { LanguageCode } from '../language/languages';
import { fill, type Variables } from '../texts';

const english = {
  title: 'Translations of Oxus',
  map: 'To the map',
  choose: 'Choose the language whose texts you want to read and correct:',
  how: 'Correct a text where it is wrong or sounds strange. What stands in braces, such as {n}, is filled in by the page and must stay. Then save the corrections as a file and send it to those who run this map, with a word on where you speak the language.',
  key: 'Key',
  english: 'English',
  text: 'Translation',
  forms: 'for {numbers}',
  reviewed: 'reviewed',
  lacks: 'Missing: {names}',
  count: 'Corrections: {n}',
  all: 'I have read all the texts; those that I have not changed are right.',
  save: 'Save the corrections',
} as const;

type Texts = Readonly<Record<keyof typeof english, string>>;

const texts: Readonly<Record<LanguageCode, Texts>> = {
  en: english,
  ru: {
    title: 'Переводы Oxus',
    map: 'К карте',
    choose: 'Выберите язык, тексты которого вы хотите прочитать и исправить:',
    how: 'Исправьте текст там, где он неверен или звучит странно. То, что стоит в фигурных скобках, например {n}, подставляет страница, и оно должно остаться. Затем сохраните исправления в файл и отправьте его тем, кто ведёт эту карту; напишите, где вы говорите на этом языке.',
    key: 'Ключ',
    english: 'По-английски',
    text: 'Перевод',
    forms: 'для {numbers}',
    reviewed: 'проверено',
    lacks: 'Не хватает: {names}',
    count: 'Исправлений: {n}',
    all: 'Я прочитал(а) все тексты; те, которые я не изменил(а), верны.',
    save: 'Сохранить исправления',
  },
  tg: {
    title: 'Тарҷумаҳои Oxus',
    map: 'Ба харита',
    choose: 'Забонеро интихоб кунед, ки матнҳояшро хондан ва ислоҳ кардан мехоҳед:',
    how: 'Матнро дар ҷое ислоҳ кунед, ки нодуруст аст ё аҷиб менамояд. Он чӣ дар қавси шаклдор меистад, масалан {n}, онро худи саҳифа пур мекунад ва он бояд монад. Баъд ислоҳҳоро ҳамчун файл нигоҳ доред ва ба онҳое фиристед, ки ин харитаро пеш мебаранд; нависед, ки дар куҷо бо ин забон гап мезанед.',
    key: 'Калид',
    english: 'Ба англисӣ',
    text: 'Тарҷума',
    forms: 'барои {numbers}',
    reviewed: 'санҷида шуд',
    lacks: 'Намерасад: {names}',
    count: 'Ислоҳҳо: {n}',
    all: 'Ман ҳамаи матнҳоро хондам; онҳое, ки тағйир надодаам, дурустанд.',
    save: 'Нигоҳ доштани ислоҳҳо',
  },
  fa: {
    title: 'ترجمه‌های Oxus',
    map: 'به نقشه',
    choose: 'زبانی را انتخاب کنید که می‌خواهید متن‌های آن را بخوانید و اصلاح کنید:',
    how: 'متن را در جایی اصلاح کنید که نادرست است یا عجیب به نظر می‌رسد. آنچه در قوس است، مانند {n}، را خود صفحه پر می‌کند و باید بماند. بعد اصلاحات را در یک فایل ذخیره کنید و به کسانی بفرستید که این نقشه را پیش می‌برند؛ بنویسید که در کجا به این زبان گپ می‌زنید.',
    key: 'کلید',
    english: 'به انگلیسی',
    text: 'ترجمه',
    forms: 'برای {numbers}',
    reviewed: 'بازبینی‌شده',
    lacks: 'کم است: {names}',
    count: 'اصلاحات: {n}',
    all: 'همهٔ متن‌ها را خوانده‌ام؛ آن‌هایی که تغییر نداده‌ام درست‌اند.',
    save: 'ذخیرهٔ اصلاحات',
  },
};

export function t(key: keyof Texts, variables: Variables = {}): string {
  const entry: Entry = texts[language().code][key];
  return fill(entry, variables);
}
