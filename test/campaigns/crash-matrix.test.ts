import { smallCampaign } from './small.ts';

smallCampaign('crash-matrix');
