// The list of subjects, in the order in which a round measures them.
import { bare } from './bare.ts';
import { dbhub } from './dbhub.ts';
import { ours, oursLegacy } from './ours.ts';
import type { Subject, SubjectName } from './subject.ts';
import { toolbox } from './toolbox.ts';

export const subjects: Readonly<Record<SubjectName, Subject>> = {
  bare,
  ours,
  'ours-2025': oursLegacy,
  dbhub,
  toolbox,
};
