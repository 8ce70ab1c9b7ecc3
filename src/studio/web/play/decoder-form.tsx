// Which decoder with which options and which model; all of it from what the backend says there is.

import { kebab } from "../../../core/names.ts";
import type { OptionAbout } from "../../../core/options.ts";
import type { About, DecoderAbout } from "../../shared/protocol.ts";
import { Select, Switch } from "../components/controls.tsx";
import { modelsFor, type Settings, type Spec, shownOptions } from "../state/decoder-spec.ts";

interface OptionFieldProps {
  readonly option: OptionAbout;
  readonly value: string | undefined;
  onChange(value: string): void;
}

function OptionField({ option, value, onChange }: OptionFieldProps) {
  const { name, about, kind, values, default: standard } = option;
  const label = kebab(name);
  const shown = value ?? (standard === undefined ? "" : String(standard));
  if (kind === "switch") {
    return (
      <div class="field">
        <Switch label={label} on={shown === "true"} onChange={(on) => onChange(String(on))} />
        <small>{about}</small>
      </div>
    );
  }
  if (values) {
    return (
      <Select
        label={label}
        value={shown}
        choices={values.map((one) => ({ value: one, label: one }))}
        onChange={onChange}
        hint={about}
      />
    );
  }
  return (
    <label class="field">
      <span>{label}</span>
      <input
        type="text"
        inputMode={kind === "number" ? "decimal" : "text"}
        autocomplete="off"
        value={shown}
        placeholder="not set"
        data-testid={`option-${label}`}
        onChange={(event) => onChange(event.currentTarget.value.trim())}
      />
      <small>{about}</small>
    </label>
  );
}

const FAMILY = { jigsaw: "Jigsaw: surest first", typewriter: "Typewriter: left to right" } as const;

export interface DecoderFormProps {
  readonly about: About;
  /** Those that can be chosen. */
  readonly decoders: readonly DecoderAbout[];
  readonly spec: Spec;
  onChange(spec: Spec): void;
  readonly testid?: string;
}

/** A form for a decoder, its model and its options; made from the decoder's own description. */
export function DecoderForm({ about, decoders, spec, onChange, testid = "decoder" }: DecoderFormProps) {
  const decoder = decoders.find(({ name }) => name === spec.decoder);
  const models = decoder ? modelsFor(decoder, about.models) : [];
  const options = shownOptions(decoder?.options ?? []);
  const set = (name: string, value: string) => {
    const settings: Settings = { ...spec.settings, [name]: value };
    onChange({ ...spec, settings });
  };
  return (
    <div class="stack decoder-form">
      <Select
        label="Decoder"
        value={spec.decoder}
        choices={decoders.map(({ name, family }) => ({ value: name, label: name, group: FAMILY[family] }))}
        onChange={(name) => onChange({ decoder: name, model: "", settings: {} })}
        hint={decoder?.about}
        testid={testid}
      />
      <Select
        label="Model"
        value={spec.model || (decoder?.model ?? "")}
        choices={models.map(({ name }) => ({ value: name, label: name }))}
        onChange={(model) => onChange({ ...spec, model })}
        testid={`${testid}-model`}
      />
      {options.length > 0 && (
        <details>
          <summary>Options</summary>
          <div class="stack options">
            {options.map((option) => (
              <OptionField
                key={option.name}
                option={option}
                value={spec.settings[option.name]}
                onChange={(value) => set(option.name, value)}
              />
            ))}
          </div>
        </details>
      )}
    </div>
  );
}
