/** What if whoever is told something fails? Then the page hears of it, and nobody else does. */

export function tell<Told extends unknown[]>(listener: (...told: Told) => void, ...told: Told): void {
  try {
    listener(...told);
  } catch (error) {
    setTimeout(() => {
      throw error;
    });
  }
}
