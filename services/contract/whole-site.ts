/** `device_id` of an incident that is about its whole site. No device can be called so. */
export const WHOLE_SITE = '*';
