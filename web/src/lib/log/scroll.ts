/** Firefox gives an element of 20 million px no height at all, Chromium stops near 33 million; both are fine with this. */
export const REAL_HEIGHT_MAX = 8_000_000;

/**
 * Which part of a content of any height is looked at, when the element that scrolls can't be as high: small movements of
 * the scroller are the same movements of the content, large ones (its bar was dragged) are in proportion.
 */
export class ScaledScroll {
  full = 0;
  view = 0;
  /** What is at the top of the view, in pixels of the content. */
  top = 0;
  #real = 0; // where the scroller was last

  get realHeight(): number {
    return Math.min(this.full, REAL_HEIGHT_MAX);
  }
  get isScaled(): boolean {
    return this.full > REAL_HEIGHT_MAX;
  }
  get topMax(): number {
    return Math.max(0, this.full - this.view);
  }
  get #realMax(): number {
    return Math.max(0, this.realHeight - this.view);
  }

  /** The scroller is at `real` now. Returns where it should be instead when it has no way to go on, else null. */
  moved(real: number): number | null {
    const by = real - this.#real;
    this.#real = real;
    if (!this.isScaled) this.top = this.#clamp(real);
    else if (Math.abs(by) < this.view * 2) this.top = this.#clamp(this.top + by);
    else this.top = this.#clamp((real / Math.max(1, this.#realMax)) * this.topMax);
    const isStuck = (real <= 0 && this.top > 0) || (real >= this.#realMax - 1 && this.top < this.topMax);
    return this.isScaled && isStuck ? this.settled() : null;
  }

  /** Goes to a place of the content; returns where the scroller belongs then. */
  go(top: number): number {
    this.top = this.#clamp(top);
    return this.settled();
  }

  /** Where the scroller belongs, so that its bar tells the truth. */
  settled(): number {
    if (!this.isScaled) this.#real = this.top;
    else {
      this.#real = Math.round((this.top / Math.max(1, this.topMax)) * this.#realMax);
      // At an edge there is no way to scroll on; one view of room is left while the content has more.
      if (this.top > 0) this.#real = Math.max(this.#real, Math.min(this.view, this.top));
      if (this.top < this.topMax)
        this.#real = Math.min(this.#real, this.#realMax - Math.min(this.view, this.topMax - this.top));
    }
    return this.#real;
  }

  get isAtEnd(): boolean {
    return this.top >= this.topMax - 2;
  }

  #clamp(top: number): number {
    return Math.max(0, Math.min(this.topMax, top));
  }
}
