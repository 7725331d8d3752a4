/**
 * The contract is written in zod/mini, because the detector brings it along: the full zod doubles what a cold start
 * has to load. It comes without a language, so import this file for messages that say what was expected.
 */
import { en } from 'zod/locales';
import * as z from 'zod/mini';

z.config(en());
