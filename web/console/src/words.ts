/** What are the members of the schema's enumerations called? */
import type { Option } from "@attune/interface/fields";
import type {
  ActivityMeasure,
  Device,
  InteractionKind,
  LayoutDensity,
  SkillLevel,
  ThemeMode,
  Weekday,
} from "./generated/graphql";

const options = <Value extends string>(names: Record<Value, string>): Option<Value>[] =>
  (Object.keys(names) as Value[]).map((value) => ({ value, name: names[value] }));

export const DEVICES = options<Device>({ MOBILE: "Mobile", TABLET: "Tablet", DESKTOP: "Desktop", OTHER: "Other" });

export const SKILLS = options<SkillLevel>({
  BEGINNER: "Beginner",
  INTERMEDIATE: "Intermediate",
  ADVANCED: "Advanced",
});

export const THEMES = options<ThemeMode>({ LIGHT: "Light", DARK: "Dark", SIMPLIFIED: "Simplified", SYSTEM: "System" });

export const DENSITIES = options<LayoutDensity>({
  COMPACT: "Compact",
  COMFORTABLE: "Comfortable",
  SPACIOUS: "Spacious",
});

export const MEASURES = options<ActivityMeasure>({
  SESSIONS: "Sessions ever",
  SESSIONS_7D: "Sessions in 7 days",
  SESSIONS_30D: "Sessions in 30 days",
  INTERACTIONS: "Interactions ever",
  CONVERSIONS: "Conversions ever",
  ACTIVE_DAYS: "Active days",
  VALUE: "Value",
  DAYS_SINCE_FIRST_SEEN: "Days since first seen",
});

export const INTERACTIONS = options<InteractionKind>({
  PAGE_VIEW: "Viewed a page",
  FEATURE_USE: "Used a feature",
  CONTENT_VIEW: "Viewed content",
  CLICK: "Clicked",
  SEARCH: "Searched",
  DISMISS: "Dismissed",
  PREFERENCE: "Set a preference",
  CONVERSION: "Converted",
  SESSION_START: "Began a session",
  SESSION_END: "Ended a session",
  OTHER: "Did something else",
});

export const WEEKDAYS = options<Weekday>({
  MONDAY: "Mon",
  TUESDAY: "Tue",
  WEDNESDAY: "Wed",
  THURSDAY: "Thu",
  FRIDAY: "Fri",
  SATURDAY: "Sat",
  SUNDAY: "Sun",
});
