import { createHash, randomUUID } from 'node:crypto';

/** Version 4 GUIDs: random, or the same sequence for the same seed. */
export function guidSource(seed: string | undefined): () => string {
  if (seed === undefined) return randomUUID;
  let count = 0;
  return () => {
    const hex = createHash('sha256').update(`${seed} ${++count}`).digest('hex');
    const variant = '89ab'.charAt(parseInt(hex.charAt(16), 16) % 4);
    const parts = [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, variant + hex.slice(17, 20)];
    return [...parts, hex.slice(20, 32)].join('-');
  };
}
