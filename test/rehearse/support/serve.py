"""
moto's server for the CDK command line, with what its CloudFormation lacks: outputs of a stack that a change set made, and
AWS' answers about change sets that are not there. Most resources are stand-ins, which have a name and attributes and do
nothing: stacks, change sets, assets and roles are what a deployment is about. An Athena workgroup exists, because a
deployment asks it for columns.
"""

import sys

from moto.athena.models import athena_backends
from moto.cloudformation import models, parsing
from moto.cloudformation.exceptions import CloudFormationError, ValidationError
from moto.server import main

known = parsing.resource_class_from_type
apply = models.ChangeSet.apply
parse_parameter = parsing.ResourceMap.parse_ssm_parameter
describe = models.CloudFormationBackend.describe_change_set


class StandIn:
    def __init__(self, name):
        self.name = name

    @property
    def physical_resource_id(self):
        return self.name

    def get_cfn_attribute(self, attribute):
        return f"arn:aws:stand-in:eu-central-1:123456789012:{self.name}/{attribute}"

    def is_created(self):
        return True

    @staticmethod
    def has_cfn_attr(_):
        return True

    @classmethod
    def create_from_cloudformation_json(cls, resource_name, resource, account, region, **_):
        properties = resource["Properties"]
        if resource["Type"] == "AWS::Athena::WorkGroup":
            athena_backends[account][region].create_work_group(properties["Name"], {}, "", [])
        return cls(resource_name)

    @classmethod
    def update_from_cloudformation_json(cls, original_resource, *_, **__):
        return original_resource

    @classmethod
    def delete_from_cloudformation_json(cls, *_, **__):
        pass


# What `cdk bootstrap` makes is real: assets are put into its bucket, and its version is a parameter.
REAL = {"AWS::S3::Bucket", "AWS::SSM::Parameter", "AWS::IAM::Role"}


def class_or_stand_in(resource_type):
    return known(resource_type) if resource_type in REAL else StandIn


def apply_with_outputs(change_set):
    apply(change_set)
    stack = change_set.stack
    stack.template = change_set.template
    stack._parse_template()
    stack.output_map = stack._create_output_map()


def delete_change_set(backend, change_set_name, *_):
    """One that is not there is no error at AWS."""
    for key, found in list(backend.change_sets.items()):
        if change_set_name in (key, found.change_set_name):
            del backend.change_sets[key]


class ChangeSetNotFound(CloudFormationError):
    code = "ChangeSetNotFound"


def describe_change_set(backend, change_set_name):
    try:
        return describe(backend, change_set_name)
    except ValidationError:
        raise ChangeSetNotFound(f"ChangeSet [{change_set_name}] does not exist") from None


def parse_ssm_parameter(resources, value, value_type):
    """A previous value is one that has been looked up."""
    try:
        return parse_parameter(resources, value, value_type)
    except AttributeError:
        return value


parsing.ResourceMap.parse_ssm_parameter = parse_ssm_parameter
models.CloudFormationBackend.describe_change_set = describe_change_set
models.CloudFormationBackend.delete_change_set = delete_change_set
parsing.resource_class_from_type = class_or_stand_in
models.ChangeSet.apply = apply_with_outputs
main(["-H", "127.0.0.1", "-p", sys.argv[1]])
