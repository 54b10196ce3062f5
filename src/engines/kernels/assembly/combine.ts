/** Linear combinations and products, on whole vectors: tensors end in slack, so there are no scalar tails. */

/**
 * target = (Σ coefficients_j · terms_j) + base: small terms are summed before they meet the state.
 * @param bytes of the tensors, rounded up to 16 @param base 0: none; may be target
 * @param coefficients of type T @param terms their tensors' addresses
 */
export function combine<T>(
  target: usize,
  base: usize,
  count: i32,
  coefficients: usize,
  terms: usize,
  bytes: usize,
): void {
  const lastTerm = terms + <usize>count * 4;
  let at: usize = 0;
  for (; at + 64 <= bytes; at += 64) {
    let sum0 = v128.splat<T>(<T>0);
    let sum1 = sum0;
    let sum2 = sum0;
    let sum3 = sum0;
    let coefficient = coefficients;
    for (let term = terms; term < lastTerm; term += 4, coefficient += sizeof<T>()) {
      const factor = v128.load_splat<T>(coefficient);
      const from = <usize>load<u32>(term) + at;
      sum0 = v128.add<T>(sum0, v128.mul<T>(factor, v128.load(from)));
      sum1 = v128.add<T>(sum1, v128.mul<T>(factor, v128.load(from, 16)));
      sum2 = v128.add<T>(sum2, v128.mul<T>(factor, v128.load(from, 32)));
      sum3 = v128.add<T>(sum3, v128.mul<T>(factor, v128.load(from, 48)));
    }
    if (base != 0) {
      const from = base + at;
      sum0 = v128.add<T>(sum0, v128.load(from));
      sum1 = v128.add<T>(sum1, v128.load(from, 16));
      sum2 = v128.add<T>(sum2, v128.load(from, 32));
      sum3 = v128.add<T>(sum3, v128.load(from, 48));
    }
    const to = target + at;
    v128.store(to, sum0);
    v128.store(to, sum1, 16);
    v128.store(to, sum2, 32);
    v128.store(to, sum3, 48);
  }
  for (; at < bytes; at += 16) {
    let sum = v128.splat<T>(<T>0);
    let coefficient = coefficients;
    for (let term = terms; term < lastTerm; term += 4, coefficient += sizeof<T>()) {
      const value = v128.load(<usize>load<u32>(term) + at);
      sum = v128.add<T>(sum, v128.mul<T>(v128.load_splat<T>(coefficient), value));
    }
    if (base != 0) sum = v128.add<T>(sum, v128.load(base + at));
    v128.store(target + at, sum);
  }
}

/** target = base + scale · (a · b), entry by entry. @param bytes as above @param base 0: none; may be target */
export function multiply<T>(target: usize, base: usize, scale: f64, a: usize, b: usize, bytes: usize): void {
  const factor = v128.splat<T>(<T>scale);
  for (let at: usize = 0; at < bytes; at += 16) {
    let product = v128.mul<T>(factor, v128.mul<T>(v128.load(a + at), v128.load(b + at)));
    if (base != 0) product = v128.add<T>(v128.load(base + at), product);
    v128.store(target + at, product);
  }
}
