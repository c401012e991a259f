import { describe, expect, it } from 'vitest';
import { fold, frameOf } from '../../src/search/fold';

const frame = (text: string) => fold(text).split(' ').map(frameOf).join('');

describe('a folded name', () => {
  it.each([
    ['Хумроғӣ', 'khumroghi'],
    ['Панҷи Поён', 'panji poyon'],
    ['Нижний Пяндж – Шерхан-Бандар', 'nizhniy pyandzh sherkhan bandar'],
    ['Шоҳон – Хоҳон', 'shohon khohon'],
    ['آی‌خانم', 'ai khanm'],
    ['کاسا ۱۰۰۰', 'kasa 1000'],
    ['كابل', 'kabl'],
    ['Bār-e  KABŪL', 'bar e kabul'],
    ['Исломқалъа', 'islomqala'],
    ["Qal'a-i Nau", 'qala i nau'],
    ['ЛЭП-220 «Сангтуда»', 'lep 220 sangtuda'],
  ])('of %s is %s', (name, folded) => {
    expect(fold(name)).toBe(folded);
  });
});

/** Names of the data in their scripts, and how people who speak other languages write them. */
const same: readonly (readonly string[])[] = [
  ['Ishkoshim', 'Ишкошим', 'Ишкашим', 'اشکاشم', 'Eshkashem', 'ishkashim', 'ESHKĀSHEM'],
  ['Tem', 'Тем', 'تم'],
  ['Khorog', 'Хорог', 'خاروغ', 'Khorugh', 'Xorog'],
  ['Langar', 'Лангар', 'لنگر'],
  ['Sherkhan Bandar', 'Шерхан-Бандар', 'شیرخان بندر', 'Sher Khan Bandar', 'Shir Khan Bandar'],
  ['Ruzvay', 'Рузвай'],
  ['Khumrogi', 'Хумроғӣ', 'Хумроги', 'Khumroghi'],
  ['Ai Khanum', 'Ойхонум', 'Ай-Ханум', 'آی‌خانم', 'Aikhanem', 'Ay Khanum'],
  ['Khohon', 'Хоҳон', 'Хохон', 'خواهان', 'Khwahan'],
  ['Hairatan', 'Хайратон', 'حیرتان', 'Hayratan'],
  ['Aqina', 'Акина', 'آقینه', 'Akina'],
  ['Torghundi', 'Торгунди', 'تورغندی', 'Turghundi'],
  ['Islam Qala', 'Исломқалъа', 'Ислам-Кала', 'اسلام قلعه', 'Eslam Qaleh'],
  ['Zaranj', 'Зарандж', 'زرنج'],
  ['Torkham', 'Торхам', 'تورخم'],
  ['Panj', 'Пяндж', 'Панҷ', 'پنج', 'Pyanj'],
  ['Darwaz', 'Дарвоз', 'Darvaz', 'دروازه', 'Darwaza'],
  ['Kulma', 'Кульма', 'Qolma'],
  ['Kunduz', 'Кундуз', 'Қундуз', 'قندوز', 'Konduz'],
  ['Badakhshan', 'Бадахшан', 'Бадахшон', 'بدخشان'],
];

describe('a frame', () => {
  it.each(same.map(names => [names[0], names]))('is the same however %s is written', (_, names) => {
    expect(new Set(names.map(frame)).size, names.map(name => `${name} ${frame(name)}`).join(', ')).toBe(1);
  });

  it('tells different names apart', () => {
    expect(new Set(same.map(names => frame(names[0] ?? ''))).size).toBe(same.length);
  });

  it('keeps figures as they are', () => {
    expect(frame('ЛЭП-220')).toBe('lp220');
    expect(frame('CASA-1000')).toBe(frame('کاسا ۱۰۰۰'));
  });
});
