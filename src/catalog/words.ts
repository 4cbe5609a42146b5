// Cuts names and comments into comparable words: snake_case, camelCase, accents and English plurals; no meaning.

/** Lower-case words of a name or text, accents removed, in order: `dailyVehicle_KM` gives daily, vehicle, km. */
export function wordsOf(text: string): readonly string[] {
  // Most names are plain: they are cut a hundred thousand at a time, so the short way matters.
  if (/^[a-z0-9_]*$/.test(text)) return text.split('_').filter((word) => word !== '');
  const spaced = text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/(\p{Ll}|\p{N})(\p{Lu})/gu, '$1 $2');
  return spaced.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}

/** An English word without plural or -ing, by its ending only: good enough to make two spellings meet. */
export function stemOf(word: string): string {
  if (word.endsWith('ing') && /[aeiouy].*[^aeiouy]ing$/.test(word) && word.length > 5)
    return word.slice(0, -3);
  if (word.length < 4 || !word.endsWith('s') || /(ss|us|is)$/.test(word)) return word;
  if (word.endsWith('ies')) return `${word.slice(0, -3)}y`;
  if (/(ss|x|ch|sh|z)es$/.test(word)) return word.slice(0, -2);
  return word.slice(0, -1);
}

/** The stems of a text's words. */
export function stemsOf(text: string): readonly string[] {
  return wordsOf(text).map(stemOf);
}
