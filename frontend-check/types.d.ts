// What the card's modules speak of, for the type checker alone (scripts/check-js): the snapshot as the integration sends
// it (docs/snapshot.md), and as much of Home Assistant's `hass` as the card uses.

type BlockType = "battery_reserve" | "regular" | "immediate_start" | "other";
type Block = { type: BlockType; start: string; end: string; kwh: number | null; phase: "past" | "running" | "future" };
type Quarter = { start: string; end: string | null; kwh: number | null };

interface Session {
  id: string;
  state: string | null;
  managed: boolean;
  plugged_in_at: string | null;
  plugged_out_at: string | null;
  kwh: number | null;
  battery_from: number | null;
  battery_to: number | null;
  target: number | null;
  ready_by: string | null;
  outcome: string | null;
  currency: string | null;
  cost: number | null;
  savings: number | null;
  blocks?: Block[];
  series?: Quarter[];
}

type ActionName = "immediate_start" | "resume_schedule";
type Battery = Record<"at_plug_in" | "now" | "target" | "reserve" | "capacity_kwh", number | null>;

interface Payload {
  version: number;
  now: string;
  entry: "loaded" | "not_loaded" | "removed";
  vehicle: { key: string; name: string | null; device_id: string | null; entities: Record<string, string> };
  actions: Record<ActionName, { allowed: boolean; reason: string | null }>;
  stale?: boolean;
  as_of?: string | null;
  source?: string;
  session_state?: string | null;
  charging_status?: string | null;
  plugged_in?: boolean | null;
  charging?: boolean | null;
  power_kw?: number | null;
  battery?: Battery;
  ready_by?: string | null;
  expected?: { level: number | null; at: string | null };
  verdict?: { state: string; missing_percent: number | null; missing_kwh: number | null };
  error?: { word: string | null; raw: string | null; missing_capabilities: string[] } | null;
  command?: "starting" | "returning" | null;
  next_charge_start?: string | null;
  charge_end?: string | null;
  planned_kwh?: number | null;
  session?: Session | null;
  last_session?: Session | null;
}

interface Config {
  type: string;
  entity?: string;
  device_id?: string;
  name?: string;
  show_actions?: boolean;
  show_history?: boolean;
}

type Localize = (key: string, values?: object) => string;

interface Connection {
  subscribeMessage(callback: (payload: Payload) => void, message: object, options?: object): Promise<() => Promise<void>>;
  addEventListener(name: string, listener: () => void): void;
  removeEventListener(name: string, listener: () => void): void;
}

interface Hass {
  language: string;
  locale: { language: string; number_format: string; time_format: string; time_zone: string };
  config: { time_zone: string };
  connected?: boolean;
  entities: Record<string, { entity_id: string; device_id?: string | null; platform?: string }>;
  devices: Record<string, { id: string; name?: string | null; name_by_user?: string | null }>;
  states: Record<string, unknown>;
  connection: Connection;
  callWS(message: object): Promise<any>;
  callService(domain: string, service: string, data: object, target?: object, notify?: boolean, respond?: boolean): Promise<any>;
  loadBackendTranslation(category: string, integration: string): Promise<Localize>;
}

/** A stretch of time in the chart. `measured`: energy flowed; `planned`: it is meant to; `gap`: neither. */
interface Slot {
  start: number;
  end: number;
  kind: "measured" | "planned" | "gap";
  kw: number;
  kwh: number | null;
  type: BlockType;
}

type Picture = "removed" | "not_loaded" | "no_source" | "no_session" | "upcoming" | "active" | "settled";

/** Everything that one drawing of the card is made from. `now`: the server's clock. */
interface Scene {
  payload: Payload;
  kind: Picture;
  verdict: string;
  session: Session | null;
  battery: Battery;
  config: Config;
  format: import("../custom_components/enode_flex/frontend/format.js").Format;
  now: number;
}

/** Name, value and tone of a fact. */
type Fact = [string, string, string];
