/** Names as they are compared: without case, accents and script; and their frames, without vowels too. */
import { arabic, consonants, cyrillic, digraphs, lastHe, latin } from './scripts';

const letterAlone = new Map([...cyrillic, ...arabic, ...latin]);

/** Lower-case Latin words parted by single spaces: "Хумроғӣ (мост)" is "khumroghi most". */
export function fold(text: string): string {
  const whole = toLatin(text.toLowerCase().normalize('NFC').replace(lastHe, 'a'));
  const bare = whole.normalize('NFD').replace(/\p{M}/gu, '');
  return toLatin(bare)
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}

/** Letters of a table are looked up before accents are taken off, because ӣ, ғ and й are letters of their own. */
function toLatin(text: string): string {
  let written = '';
  for (const letter of text) written += letterAlone.get(letter) ?? letter;
  return written;
}

/** The consonants of one folded word: "ishkoshim", "eshkashem" and "ashkashm" are all "škšm". */
export function frameOf(word: string): string {
  // English writes one letter for the two sounds in city and canal.
  const heard = word.replace(/c(?=[eiy])/g, 's');
  const sounds = digraphs.reduce((rest, [spelling, sound]) => rest.replaceAll(spelling, sound), heard);
  // Latin often keeps the last h of Persian: Qaleh, Darwazah.
  const spoken = sounds.length > 2 && sounds.endsWith('h') && !word.endsWith('kh') ? sounds.slice(0, -1) : sounds;
  let frame = '';
  for (const letter of spoken) {
    const sound = consonants.get(letter) ?? letter;
    // Doubled letters are written once or twice as the spelling likes; figures mean what they say.
    if (!frame.endsWith(sound) || /\d/.test(sound)) frame += sound;
  }
  return frame;
}
