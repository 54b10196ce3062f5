/** Parameter updates on whole vectors; the scalars, bias corrections among them, are the host's. */

/**
 * m ← β1 m + (1 − β1) g, v ← β2 v + (1 − β2) g², θ ← θ − rate · m / (√v · rootScale + ε).
 * @param rate learning rate / (1 − β1ⁿ) @param rootScale 1 / √(1 − β2ⁿ)
 */
export function adam<T>(
  parameters: usize,
  gradient: usize,
  m: usize,
  v: usize,
  count: i32,
  beta1: f64,
  beta2: f64,
  rate: f64,
  rootScale: f64,
  epsilon: f64,
): void {
  const keep1 = v128.splat<T>(<T>beta1);
  const keep2 = v128.splat<T>(<T>beta2);
  const take1 = v128.splat<T>(<T>(1.0 - beta1));
  const take2 = v128.splat<T>(<T>(1.0 - beta2));
  const step = v128.splat<T>(<T>rate);
  const scale = v128.splat<T>(<T>rootScale);
  const floor = v128.splat<T>(<T>epsilon);
  const end = <usize>count * sizeof<T>();
  for (let at: usize = 0; at < end; at += 16) {
    const g = v128.load(gradient + at);
    const mean = v128.add<T>(v128.mul<T>(keep1, v128.load(m + at)), v128.mul<T>(take1, g));
    const square = v128.mul<T>(take2, v128.mul<T>(g, g));
    const variance = v128.add<T>(v128.mul<T>(keep2, v128.load(v + at)), square);
    v128.store(m + at, mean);
    v128.store(v + at, variance);
    const divisor = v128.add<T>(v128.mul<T>(v128.sqrt<T>(variance), scale), floor);
    const change = v128.div<T>(v128.mul<T>(step, mean), divisor);
    v128.store(parameters + at, v128.sub<T>(v128.load(parameters + at), change));
  }
}

/** velocity ← momentum · velocity + g, θ ← θ − rate · velocity. */
export function momentum<T>(
  parameters: usize,
  gradient: usize,
  velocity: usize,
  count: i32,
  rate: f64,
  decay: f64,
): void {
  const keep = v128.splat<T>(<T>decay);
  const step = v128.splat<T>(<T>rate);
  const end = <usize>count * sizeof<T>();
  for (let at: usize = 0; at < end; at += 16) {
    const speed = v128.add<T>(v128.mul<T>(keep, v128.load(velocity + at)), v128.load(gradient + at));
    v128.store(velocity + at, speed);
    v128.store(parameters + at, v128.sub<T>(v128.load(parameters + at), v128.mul<T>(step, speed)));
  }
}
