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
  for (; at + 64 <= bytes; at += 64) {
    let total0 = v128.splat<T>(<T>0);
    let total1 = total0;
    let total2 = total0;
    let total3 = total0;
    let coefficient = coefficients;
    let term = terms;
    for (let product = products; product < lastProduct; product += 8) {
      const factor = <usize>load<u32>(product);
      const lastTerm = term + (<usize>load<u32>(product, 4) << 2);
      let sum0 = v128.splat<T>(<T>0);
      let sum1 = sum0;
      let sum2 = sum0;
      let sum3 = sum0;
      for (; term < lastTerm; term += 4, coefficient += sizeof<T>()) {
        const weight = v128.load_splat<T>(coefficient);
        const from = <usize>load<u32>(term) + at;
        sum0 = v128.add<T>(sum0, v128.mul<T>(weight, v128.load(from)));
        sum1 = v128.add<T>(sum1, v128.mul<T>(weight, v128.load(from, 16)));
        sum2 = v128.add<T>(sum2, v128.mul<T>(weight, v128.load(from, 32)));
        sum3 = v128.add<T>(sum3, v128.mul<T>(weight, v128.load(from, 48)));
      }
      if (factor != 0) {
        const from = factor + at;
        sum0 = v128.mul<T>(sum0, v128.load(from));
        sum1 = v128.mul<T>(sum1, v128.load(from, 16));
        sum2 = v128.mul<T>(sum2, v128.load(from, 32));
        sum3 = v128.mul<T>(sum3, v128.load(from, 48));
      }
      total0 = v128.add<T>(total0, sum0);
      total1 = v128.add<T>(total1, sum1);
      total2 = v128.add<T>(total2, sum2);
      total3 = v128.add<T>(total3, sum3);
    }
    if (base != 0) {
      const from = base + at;
      total0 = v128.add<T>(total0, v128.load(from));
      total1 = v128.add<T>(total1, v128.load(from, 16));
      total2 = v128.add<T>(total2, v128.load(from, 32));
      total3 = v128.add<T>(total3, v128.load(from, 48));
    }
    const to = target + at;
    v128.store(to, total0);
    v128.store(to, total1, 16);
    v128.store(to, total2, 32);
    v128.store(to, total3, 48);
  }
  for (; at < bytes; at += 16) {
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
}
