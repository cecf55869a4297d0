"""The database tables of the registers floor."""

from jiaoheng.registers.annual_statistics import AnnualStatistics
from jiaoheng.registers.appointment import Appointment
from jiaoheng.registers.approval import Request
from jiaoheng.registers.campus import Campus, CampusUse
from jiaoheng.registers.catchment import CatchmentArea
from jiaoheng.registers.duplicate import Merge
from jiaoheng.registers.enrolment import Enrolment
from jiaoheng.registers.establishment import Establishment
from jiaoheng.registers.funds import Funds
from jiaoheng.registers.licence import AnnualInspection, InclusiveRecognition, Licence
from jiaoheng.registers.population import Population
from jiaoheng.registers.pupil import Pupil
from jiaoheng.registers.pupil_condition import PupilCondition
from jiaoheng.registers.school_class import SchoolClass
from jiaoheng.registers.school_group import GroupMembership, SchoolGroup
from jiaoheng.registers.staff import Staff
from jiaoheng.registers.succession import FormerName, Succession

__all__ = [
    "AnnualInspection",
    "AnnualStatistics",
    "Appointment",
    "Campus",
    "CampusUse",
    "CatchmentArea",
    "Enrolment",
    "Establishment",
    "FormerName",
    "Funds",
    "GroupMembership",
    "InclusiveRecognition",
    "Licence",
    "Merge",
    "Population",
    "Pupil",
    "PupilCondition",
    "Request",
    "SchoolClass",
    "SchoolGroup",
    "Staff",
    "Succession",
]
