/**
 * Options of a test that bounds how long something takes, because it once took minutes. Another process can make any
 * one measurement too long; what is really too slow is so every time. So the best of three counts.
 */
export const TIMED = { retry: 2 };
