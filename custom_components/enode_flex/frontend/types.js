/**
 * The snapshot as the integration sends it (docs/snapshot.md), for the type checker alone: no browser loads this file.
 *
 * @typedef {"battery_reserve" | "regular" | "immediate_start" | "other"} BlockType
 * @typedef {{type: BlockType, start: string, end: string, kwh: number | null, phase: "past" | "running" | "future"}} Block
 * @typedef {{start: string, end: string | null, kwh: number | null}} Quarter
 *
 * @typedef {object} Session
 * @property {string} id
 * @property {string | null} state
 * @property {boolean} managed
 * @property {string | null} plugged_in_at
 * @property {string | null} plugged_out_at
 * @property {number | null} kwh
 * @property {number | null} battery_from
 * @property {number | null} battery_to
 * @property {number | null} target
 * @property {string | null} ready_by
 * @property {string | null} outcome
 * @property {string | null} currency
 * @property {number | null} cost
 * @property {number | null} savings
 * @property {Block[]} [blocks]
 * @property {Quarter[]} [series]
 *
 * @typedef {{allowed: boolean, reason: string | null}} Action
 * @typedef {"immediate_start" | "resume_schedule"} ActionName
 *
 * @typedef {object} Payload
 * @property {number} version
 * @property {string} now
 * @property {"loaded" | "not_loaded" | "removed"} entry
 * @property {{key: string, name: string | null, device_id: string | null, entities: Record<string, string>}} vehicle
 * @property {Record<ActionName, Action>} actions
 * @property {boolean} [stale]
 * @property {string | null} [as_of]
 * @property {string} [source]
 * @property {string | null} [session_state]
 * @property {string | null} [charging_status]
 * @property {boolean | null} [plugged_in]
 * @property {boolean | null} [charging]
 * @property {number | null} [power_kw]
 * @property {Record<"at_plug_in" | "now" | "target" | "reserve" | "capacity_kwh", number | null>} [battery]
 * @property {string | null} [ready_by]
 * @property {{level: number | null, at: string | null}} [expected]
 * @property {{state: string, missing_percent: number | null, missing_kwh: number | null}} [verdict]
 * @property {{word: string | null, raw: string | null, missing_capabilities: string[]} | null} [error]
 * @property {"starting" | "returning" | null} [command]
 * @property {string | null} [next_charge_start]
 * @property {string | null} [charge_end]
 * @property {number | null} [planned_kwh]
 * @property {Session | null} [session]
 * @property {Session | null} [last_session]
 *
 * @typedef {object} Config
 * @property {string} type
 * @property {string} [entity]
 * @property {string} [device_id]
 * @property {string} [name]
 * @property {boolean} [show_actions]
 * @property {boolean} [show_history]
 *
 * @typedef {object} Hass
 * @property {string} language
 * @property {{language: string, number_format: string, time_format: string, time_zone: string}} locale
 * @property {{time_zone: string, components: string[], state?: string}} config
 * @property {boolean} [connected]
 * @property {Record<string, {entity_id: string, device_id?: string | null, platform?: string, name?: string}>} entities
 * @property {Record<string, {id: string, name?: string | null, name_by_user?: string | null}>} devices
 * @property {Record<string, {state: string}>} states
 * @property {any} connection
 * @property {(message: object) => Promise<any>} callWS
 * @property {(domain: string, service: string, data: object, target?: object, notify?: boolean, respond?: boolean) => Promise<any>} callService
 * @property {(category: string, integration: string) => Promise<(key: string, values?: object) => string>} loadBackendTranslation
 */
export {};
