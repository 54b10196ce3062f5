/** Sums of linear combinations, each times a factor of its own, on whole vectors: tensors end in slack. */

/**
 * target = Σ factor_p · (Σ coefficients_j · terms_j) + base, entry by entry, with the lists of all products one after
 * the other.
 * @param products `count` pairs of u32: the factor's address (0: none) and its number of terms, at least 1
 * @param coefficients of type T @param terms their tensors' addresses
 * @param base 0: none; may be target @param bytes of the tensors, rounded up to 16
 */
export function combineProducts<T>(
  target: usize,
  base: usize,
  count: i32,
  products: usize,
  coefficients: usize,
  terms: usize,
  bytes: usize,
): void {
  const lastProduct = products + <usize>count * 8;
  let at: usize = 0;
  for (; at + 32 <= bytes; at += 32) {
    let total0 = v128.splat<T>(<T>0);
    let total1 = total0;
    let coefficient = coefficients;
    let term = terms;
    for (let product = products; product < lastProduct; product += 8) {
      const factor = <usize>load<u32>(product);
      const lastTerm = term + (<usize>load<u32>(product, 4) << 2);
      let sum0 = v128.splat<T>(<T>0);
      let sum1 = sum0;
      for (; term < lastTerm; term += 4, coefficient += sizeof<T>()) {
        const weight = v128.load_splat<T>(coefficient);
        const from = <usize>load<u32>(term) + at;
        sum0 = v128.add<T>(sum0, v128.mul<T>(weight, v128.load(from)));
        sum1 = v128.add<T>(sum1, v128.mul<T>(weight, v128.load(from, 16)));
      }
      if (factor != 0) {
        sum0 = v128.mul<T>(sum0, v128.load(factor + at));
        sum1 = v128.mul<T>(sum1, v128.load(factor + at, 16));
      }
      total0 = v128.add<T>(total0, sum0);
      total1 = v128.add<T>(total1, sum1);
    }
    if (base != 0) {
      total0 = v128.add<T>(total0, v128.load(base + at));
      total1 = v128.add<T>(total1, v128.load(base + at, 16));
    }
    v128.store(target + at, total0);
    v128.store(target + at, total1, 16);
  }
  if (at == bytes) return;
  let total = v128.splat<T>(<T>0);
  let coefficient = coefficients;
  let term = terms;
  for (let product = products; product < lastProduct; product += 8) {
    const factor = <usize>load<u32>(product);
    const lastTerm = term + (<usize>load<u32>(product, 4) << 2);
    let sum = v128.splat<T>(<T>0);
    for (; term < lastTerm; term += 4, coefficient += sizeof<T>()) {
      const value = v128.load(<usize>load<u32>(term) + at);
      sum = v128.add<T>(sum, v128.mul<T>(v128.load_splat<T>(coefficient), value));
    }
    if (factor != 0) sum = v128.mul<T>(sum, v128.load(factor + at));
    total = v128.add<T>(total, sum);
  }
  if (base != 0) total = v128.add<T>(total, v128.load(base + at));
  v128.store(target + at, total);
}
