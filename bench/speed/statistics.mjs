/** The few numbers that summarize many. */

export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The quotient within each round, so that a disturbed round weighs no more than another; then their median. */
export function medianRatio(numbers, others) {
  return median(numbers.map((number, round) => number / others[round]));
}
