/**
 * Effects on the models of sites. A model is read and written once a period: incidents first, model second, so that a
 * crash in between only has the same readings looked at again. What this environment remembers is not the truth: it is read
 * again before a new period, and if another has written meanwhile, what that one looked at counts.
 */
import type { Reading } from '../contract/reading.ts';
import { VersionConflict } from './incident-store.ts';
import type { ModelStore } from './model-store.ts';
import { ModelView } from './model-view.ts';
import { MAX_CONFLICTS } from './over-conflicts.ts';
import { type FoldedModel, foldModel, type ModelTerms, periodOf } from './site-model.ts';

/** What the model of a site made of a batch; nothing of it is stored yet. */
export interface Look {
  siteId: string;
  /** The readings that it looked at. */
  readings: readonly Reading[];
  folded: FoldedModel;
}

export interface Models {
  /** Has this environment looked at the site before? */
  knows(siteId: string): boolean;
  /**
   * Undefined where the model has seen everything, which is nearly always.
   * @param isNew nothing is stored of the site: it is taken to have no model, which writing it shows
   */
  look(
    siteId: string,
    readings: readonly Reading[],
    signal?: AbortSignal,
    isNew?: boolean,
  ): Promise<Look | undefined>;
  /** Stores what {@link Models.look} has learnt. */
  keep(look: Look, signal?: AbortSignal): Promise<void>;
}

/** As many as the environment's memory of sensors, see memory.ts: about 100 bytes each. */
const MAX_DEVICES = 200_000;

interface Known {
  view: ModelView;
  /** The newest period for which it was read, by its beginning. */
  readFor: number;
  /** It was not read, because nothing is stored of the site. */
  isAssumed: boolean;
  /** Number of them when it was read. */
  devices: number;
}

/** @param maxDevices that are remembered, in all */
export function createModels(store: ModelStore, terms: ModelTerms, maxDevices = MAX_DEVICES): Models {
  const known = new Map<string, Known>();

  let devices = 0;

  const forget = (siteId: string): void => {
    devices -= known.get(siteId)?.devices ?? 0;
    known.delete(siteId);
  };

  /** Those that were not heard for longest are forgotten, and read again. */
  const remember = (
    siteId: string,
    chunks: FoldedModel['chunks'],
    readFor: number,
    isAssumed = false,
  ): ModelView => {
    const view = new ModelView(chunks, terms);
    forget(siteId);
    known.set(siteId, { view, readFor, isAssumed, devices: view.size });
    devices += view.size;
    for (const other of known.keys()) {
      if (devices <= maxDevices || other === siteId) break;
      forget(other);
    }
    return view;
  };

  return {
    knows: (siteId) => known.has(siteId),

    async look(siteId, readings, signal, isNew = false) {
      const site = known.get(siteId);
      if (site) {
        known.delete(siteId);
        known.set(siteId, site);
      }
      const wanted = site === undefined ? readings : site.view.wanted(readings);
      if (wanted.length === 0) return undefined;
      const period = newestPeriod(wanted, terms);
      const isFresh = site !== undefined && site.readFor >= period;
      const isAssumed = isNew && site === undefined;
      const stored = async () => (isAssumed ? [] : await store.site(siteId, signal));
      const view = isFresh ? site.view : remember(siteId, await stored(), period, isAssumed);
      const folded = foldModel(view.chunks, view.wanted(wanted), terms);
      return folded.changed.length === 0 ? undefined : { siteId, readings: wanted, folded };
    },

    async keep({ siteId, readings, folded }, signal) {
      const period = newestPeriod(readings, terms);
      let { chunks, changed } = folded;
      try {
        for (let conflicts = 0; changed.length > 0; ) {
          const [chunk, ...others] = changed;
          if (chunk === undefined) return;
          try {
            const saved = await store.save(siteId, chunk, signal);
            chunks = chunks.map((one) => (one.number === saved.number ? saved : one));
            changed = others;
          } catch (error) {
            if (!(error instanceof VersionConflict) || conflicts++ === MAX_CONFLICTS) throw error;
            if (known.get(siteId)?.isAssumed) {
              // There is one: the next batch looks at what it says.
              forget(siteId);
              return;
            }
            ({ chunks, changed } = foldModel(await store.site(siteId, signal), readings, terms));
          }
        }
      } catch (error) {
        // What is stored is not known: it is read again with the next batch.
        forget(siteId);
        throw error;
      }
      remember(siteId, chunks, period);
    },
  };
}

const newestPeriod = (readings: readonly Reading[], terms: ModelTerms): number =>
  readings.reduce((newest, reading) => Math.max(newest, periodOf(reading, terms)), 0);
