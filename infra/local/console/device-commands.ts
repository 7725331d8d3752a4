/** Commands about one device that the page can run, as a person would type them. */
export const DEVICE_COMMANDS = ['forget-device', 'reset-model'] as const;
export type DeviceCommand = (typeof DEVICE_COMMANDS)[number];

/** Resolves with what the command says; `failed` where it could not. */
export type RunDeviceCommand = (
  command: DeviceCommand,
  site: string,
  device: string,
) => Promise<{ text: string; failed: boolean }>;
