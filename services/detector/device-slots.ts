/** Devices by number, so that what is known of them is in arrays. Asked for every reading. */
export class DeviceSlots {
  readonly #slots = new Map<string, number>();
  readonly #ids: string[] = [];
  /** By slot: that of the device that came next. */
  readonly #next: number[] = [];
  readonly #onNew: (slot: number, deviceId: string) => void;
  #last = 0;

  /** @param onNew a device has got its slot */
  constructor(onNew: (slot: number, deviceId: string) => void) {
    this.#onNew = onNew;
  }

  /** All devices: the place of each is its slot. */
  get ids(): readonly string[] {
    return this.#ids;
  }

  /** Devices come in runs, in the same order each time: the one that followed last time is tried first. */
  of(deviceId: string): number {
    const guess = this.#next[this.#last] ?? 0;
    if (this.#ids[guess] === deviceId) {
      this.#last = guess;
      return guess;
    }
    const slot = this.#slots.get(deviceId) ?? this.#add(deviceId);
    this.#next[this.#last] = slot;
    this.#last = slot;
    return slot;
  }

  find(deviceId: string): number | undefined {
    return this.#slots.get(deviceId);
  }

  /** Gives slots to those of the devices that have none. */
  know(deviceIds: Iterable<string>): void {
    for (const deviceId of deviceIds) if (!this.#slots.has(deviceId)) this.#add(deviceId);
  }

  #add(deviceId: string): number {
    const slot = this.#ids.length;
    this.#ids.push(deviceId);
    this.#next.push(0);
    this.#slots.set(deviceId, slot);
    this.#onNew(slot, deviceId);
    return slot;
  }
}
