"""
What every codec knows of problems and known errors: a line for each class.
"""

from __future__ import annotations

from itil_ops.kernel.vocabulary import ChangeStatus
from itil_ops.problem.figures import Pain, ProblemResolution
from itil_ops.problem.known_error.policies import RegularValidation
from itil_ops.problem.known_error.search import (
    GroundKind,
    KnownErrorMatch,
    MatchGround,
    SymptomQuery,
)
from itil_ops.problem.known_error.vocabulary import (
    AuditResult,
    KnownErrorSource,
    KnownErrorUse,
    RetirementReason,
    Workaround,
)
from itil_ops.problem.known_error.weights import MatchWeights
from itil_ops.problem.policies import (
    CauseAndWorkaround,
    CauseOnly,
    NoObservation,
    Observation,
    WorkaroundOnly,
)
from itil_ops.problem.recurrence import (
    ProposalKind,
    RecurrenceProposal,
    RecurrenceReason,
    SimilarInWindow,
)
from itil_ops.problem.repeats import RecurrenceAfterFix, RepeatReport, RepeatRow
from itil_ops.problem.review import FollowUpAction, ReviewAnswers
from itil_ops.problem.severity import (
    ProblemSeverity,
    SeverityLevel,
    SeverityScale,
    WeightedSeverity,
)
from itil_ops.problem.similarity import Likeness
from itil_ops.problem.trends import (
    OriginCounts,
    ParetoReport,
    ParetoRow,
    Trend,
    TrendPoint,
    TrendReport,
)
from itil_ops.problem.vocabulary import (
    AnalysisTechnique,
    Deferral,
    MajorProblem,
    ProblemOrigin,
    ProblemResolutionCode,
    RiskAcceptance,
    RootCause,
    RootCauseCategory,
)


PROBLEM_VALUES: tuple[type, ...] = (
    AnalysisTechnique,
    AuditResult,
    CauseAndWorkaround,
    CauseOnly,
    ChangeStatus,
    Deferral,
    FollowUpAction,
    GroundKind,
    KnownErrorMatch,
    KnownErrorSource,
    KnownErrorUse,
    Likeness,
    MajorProblem,
    MatchGround,
    MatchWeights,
    NoObservation,
    Observation,
    OriginCounts,
    Pain,
    ParetoReport,
    ParetoRow,
    ProblemOrigin,
    ProblemResolution,
    ProblemResolutionCode,
    ProblemSeverity,
    ProposalKind,
    RecurrenceAfterFix,
    RecurrenceProposal,
    RecurrenceReason,
    RegularValidation,
    RepeatReport,
    RepeatRow,
    RetirementReason,
    ReviewAnswers,
    RiskAcceptance,
    RootCause,
    RootCauseCategory,
    SeverityScale,
    SeverityLevel,
    SimilarInWindow,
    SymptomQuery,
    Trend,
    TrendPoint,
    TrendReport,
    WeightedSeverity,
    Workaround,
    WorkaroundOnly,
)
"""
The classes of values.
"""
