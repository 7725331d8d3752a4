/** The sites of a session whose readings come over gateways, for the page. */
import type { SiteState } from './page-state.ts';

export interface Edge {
  state(): Promise<SiteState[]>;
  /** Cuts the line of a site, or connects it again. Returns the reason, in words for a person, if it cannot. */
  setLine(site: string, isCut: boolean): string | undefined;
}
