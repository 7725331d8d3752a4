/** Sites at AWS IoT: a thing of the site's name, and its certificates, which have the stack's policy. */
import {
  AttachPolicyCommand,
  AttachThingPrincipalCommand,
  CreateCertificateFromCsrCommand,
  CreateThingCommand,
  DeleteCertificateCommand,
  DeleteThingCommand,
  DescribeCertificateCommand,
  DescribeEndpointCommand,
  DescribeThingCommand,
  DetachPolicyCommand,
  DetachThingPrincipalCommand,
  type IoTClient,
  ListPrincipalThingsCommand,
  ListThingPrincipalsCommand,
  paginateListTargetsForPolicy,
  UpdateCertificateCommand,
} from '@aws-sdk/client-iot';
import { UserError } from '../../cli/user-error.ts';
import type { Undo } from './undo.ts';

export interface SiteCertificate {
  arn: string;
  id: string;
  isActive: boolean;
  createdMs: number;
  validToMs: number;
}

export interface EnrolledSite {
  site: string;
  /** The oldest first. */
  certificates: SiteCertificate[];
}

/** MQTT over TLS. */
const MQTT_PORT = 8883;

const idOf = (arn: string) => arn.slice(arn.lastIndexOf('/') + 1);

export class Sites {
  readonly #iot: IoTClient;
  readonly #policyName: string;

  constructor(iot: IoTClient, policyName: string) {
    this.#iot = iot;
    this.#policyName = policyName;
  }

  /** Host of the account's credentials provider, or of its broker; with `:port` if that is not the usual one. */
  async endpoint(endpointType: 'iot:CredentialProvider' | 'iot:Data-ATS'): Promise<string> {
    const { endpointAddress } = await this.#iot.send(new DescribeEndpointCommand({ endpointType }));
    if (endpointAddress) return endpointAddress;
    throw new UserError(`AWS IoT names no endpoint ${endpointType} in this region.`);
  }

  async broker(): Promise<{ host: string; port: number }> {
    const [host = '', port = MQTT_PORT] = (await this.endpoint('iot:Data-ATS')).split(':');
    return { host, port: Number(port) };
  }

  /** Whether there is a thing of this name, of whichever stack. */
  async has(site: string): Promise<boolean> {
    try {
      await this.#iot.send(new DescribeThingCommand({ thingName: site }));
      return true;
    } catch (error) {
      if ((error as Error).name === 'ResourceNotFoundException') return false;
      throw error;
    }
  }

  async createThing(site: string, undo: Undo): Promise<void> {
    await this.#iot.send(new CreateThingCommand({ thingName: site }));
    undo.add(() => this.#iot.send(new DeleteThingCommand({ thingName: site })));
  }

  /** An active certificate of the site that may ask for credentials. */
  async createCertificate(site: string, csr: string, undo: Undo): Promise<{ id: string; pem: string }> {
    const made = await this.#iot.send(
      new CreateCertificateFromCsrCommand({ certificateSigningRequest: csr, setAsActive: true }),
    );
    const { certificateArn: arn = '', certificateId: id = '', certificatePem: pem = '' } = made;
    undo.add(() => this.#delete(id));
    await this.#iot.send(
      new AttachThingPrincipalCommand({
        ...{ thingName: site, principal: arn, thingPrincipalType: 'EXCLUSIVE_THING' },
      }),
    );
    undo.add(() => this.#iot.send(new DetachThingPrincipalCommand({ thingName: site, principal: arn })));
    await this.#iot.send(new AttachPolicyCommand({ policyName: this.#policyName, target: arn }));
    undo.add(() => this.#iot.send(new DetachPolicyCommand({ policyName: this.#policyName, target: arn })));
    return { id, pem };
  }

  /** @throws UserError if the site is not enrolled */
  async find(site: string): Promise<EnrolledSite> {
    if (!(await this.has(site))) {
      throw new UserError(`${site} is not enrolled. See: npm run enroll -- --list`);
    }
    const { principals = [] } = await this.#iot.send(new ListThingPrincipalsCommand({ thingName: site }));
    const certificates = await Promise.all(principals.map((arn) => this.#describe(arn)));
    return { site, certificates: certificates.sort((a, b) => a.createdMs - b.createdMs) };
  }

  async list(): Promise<EnrolledSite[]> {
    const sites = new Map<string, SiteCertificate[]>();
    const pages = paginateListTargetsForPolicy(
      { client: this.#iot, pageSize: 250 },
      { policyName: this.#policyName },
    );
    for await (const { targets = [] } of pages) {
      for (const arn of targets) {
        const certificate = await this.#describe(arn);
        const { things = [] } = await this.#iot.send(new ListPrincipalThingsCommand({ principal: arn }));
        for (const site of things) sites.set(site, [...(sites.get(site) ?? []), certificate]);
      }
    }
    return [...sites]
      .map(([site, certificates]) => ({
        site,
        certificates: certificates.sort((a, b) => a.createdMs - b.createdMs),
      }))
      .sort((a, b) => a.site.localeCompare(b.site));
  }

  async deactivate({ id }: SiteCertificate): Promise<void> {
    await this.#iot.send(new UpdateCertificateCommand({ certificateId: id, newStatus: 'INACTIVE' }));
  }

  async removeCertificate(site: string, { arn, id }: SiteCertificate): Promise<void> {
    await this.#iot.send(new UpdateCertificateCommand({ certificateId: id, newStatus: 'INACTIVE' }));
    await this.#iot.send(new DetachPolicyCommand({ policyName: this.#policyName, target: arn }));
    await this.#iot.send(new DetachThingPrincipalCommand({ thingName: site, principal: arn }));
    await this.#delete(id);
  }

  async deleteThing(site: string): Promise<void> {
    await this.#iot.send(new DeleteThingCommand({ thingName: site }));
  }

  async #delete(certificateId: string): Promise<void> {
    await this.#iot.send(new UpdateCertificateCommand({ certificateId, newStatus: 'INACTIVE' }));
    await this.#iot.send(new DeleteCertificateCommand({ certificateId }));
  }

  async #describe(arn: string): Promise<SiteCertificate> {
    const id = idOf(arn);
    const { certificateDescription: description } = await this.#iot.send(
      new DescribeCertificateCommand({ certificateId: id }),
    );
    return {
      ...{ arn, id, isActive: description?.status === 'ACTIVE' },
      createdMs: description?.creationDate?.getTime() ?? 0,
      validToMs: description?.validity?.notAfter?.getTime() ?? 0,
    };
  }
}
