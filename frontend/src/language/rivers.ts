/** Names of rivers, as the gazetteer has those of places. */
import type { Gazetteer } from './gazetteer';

/** Rivers, some of which share a name with a town. */
export const rivers: Gazetteer = {
  'Amu Darya': ['Амударья', 'Амударё', 'آمو'],
  'Syr Darya': ['Сырдарья', 'Сирдарё', 'سیردریا'],
  Panj: ['Пяндж', 'Панҷ', 'پنج'],
  Pamir: ['Памир', 'Помир', 'پامیر'],
  Naryn: ['Нарын', 'Норин', 'نارین'],
  Helmand: ['Гильменд', 'Ҳилманд', 'هلمند'],
  Harirud: ['Герируд', 'Ҳарируд', 'هریرود'],
  Zarafshon: ['Зеравшан', 'Зарафшон', 'زرافشان'],
  Indus: ['Инд', 'Синд', 'سند'],
  Jhelum: ['Джелам', null, 'جهلم'],
  Chenab: ['Чинаб', null, 'چناب'],
  Sutlej: ['Сатледж', null, 'ستلج'],
  Ganges: ['Ганг', 'Ганг', 'گنگ'],
  Yarkant: ['Яркенд', 'Ёрканд', 'یارکند'],
  'Atrek (Atrak)': ['Атрек', 'Атрак', 'اترک'],
  Yamuna: ['Джамна', null, 'جمنا'],
  Ravi: ['Рави', null, 'راوی'],
  Beas: ['Биас', null, 'بیاس'],
  Ile: ['Или', null, 'ایلی'],
  Shiquan: ['Шицюаньхэ', null, null],
  Yurungkax: ['Юрункаш', null, null],
  Toxkan: ['Какшаал', null, null],
};
